import assert from "node:assert/strict";
import type { Redis } from "../../src/platform/redis.ts";
import { newLogin, PASSWORD, problemOf, UsersHarness } from "./users_harness.ts";

const users = new UsersHarness();
Deno.test.beforeAll(() => users.start());
Deno.test.afterAll(() => users.stop());

/** Resolves at the event, whatever connection errors come before it. */
function next(client: Redis, event: "close" | "ready"): Promise<void> {
  return new Promise((resolve) => void client.once(event, () => resolve()));
}

Deno.test("the service answers 503 when Redis is killed, and goes on by itself when it is back", async () => {
  const service = await users.service();
  const login = newLogin();
  const { accessToken, refreshToken } = await service.register(login);
  const { client } = service.redis;
  await client.config("SET", "appendfsync", "always");
  const known = await (await service.app.request("/.well-known/jwks.json")).text();

  const closed = next(client, "close");
  await users.killRedis();
  await closed;
  const tries = {
    register: await service.post("/api/auth/register", { login: newLogin(), password: PASSWORD }),
    login: await service.post("/api/auth/login", { login, password: PASSWORD }),
    guest: await service.post("/api/auth/guest", {}),
    refresh: await service.refresh(refreshToken),
    logout: await service.post("/api/auth/logout", { refreshToken }),
    me: await service.me(accessToken),
  };
  for (const [what, response] of Object.entries(tries)) {
    assert.equal(response.headers.get("retry-after"), "2", what);
    assert.deepEqual(await problemOf(response), [503, "unavailable"], what);
  }
  assert.equal((await service.app.request("/readyz")).status, 503);
  assert.equal((await service.app.request("/livez")).status, 200);
  const set = await service.app.request("/.well-known/jwks.json");
  assert.equal(await set.text(), known, "the key set is served from memory");

  const ready = next(client, "ready");
  await users.start();
  await ready;
  assert.equal((await service.app.request("/readyz")).status, 200);
  assert.equal((await service.me(accessToken)).status, 200);
  assert.equal((await service.refresh(refreshToken)).status, 200);
});

Deno.test("a fresh instance says 503, not 401, when it cannot get the keys to check a token", async () => {
  const service = await users.service();
  const { accessToken } = await service.register(newLogin());
  const fresh = await users.service();
  const closed = next(fresh.redis.client, "close");
  await users.killRedis();
  await closed;
  assert.deepEqual(await problemOf(await fresh.me(accessToken)), [503, "unavailable"]);
  const set = await fresh.app.request("/.well-known/jwks.json");
  assert.equal(set.headers.get("cache-control"), "no-store");
  assert.deepEqual(await problemOf(set), [503, "unavailable"]);
});
