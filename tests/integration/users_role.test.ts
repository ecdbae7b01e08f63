import assert from "node:assert/strict";
import { freePort } from "../../deploy/local/ports.ts";
import { startUsers } from "../../src/control/users/role.ts";
import { readConfig } from "../../src/platform/config.ts";
import { createTokenVerifier, remoteKeys } from "../../src/platform/jwt.ts";
import { silentLog } from "../../src/platform/log.ts";
import { UsersHarness } from "./users_harness.ts";

const users = new UsersHarness();
Deno.test.beforeAll(() => users.start());
Deno.test.afterAll(() => users.stop());

function context(env: Record<string, string> = {}) {
  const config = readConfig({
    ROOMCAST_REDIS: users.url,
    ROOMCAST_USERS_PORT: "0",
    ROOMCAST_GUESTS: "true",
    ...env,
  });
  return { config, log: silentLog() };
}

Deno.test("startUsers() serves over HTTP, so that other parts can check the tokens it gives", async () => {
  const role = await startUsers(context());
  const url = role.url ?? "";
  const response = await fetch(`${url}/api/auth/guest`, { method: "POST" });
  assert.equal(response.status, 201);
  const { accessToken, user } = await response.json();
  const claims = await createTokenVerifier(remoteKeys(url)).verify(accessToken);
  assert.deepEqual([claims.sub, claims.role], [user.id, "guest"]);
  await role.stop();
  await role.stop();
  await assert.rejects(fetch(`${url}/livez`));
});

Deno.test("startUsers() rejects and leaves nothing behind when its port is taken", async () => {
  const role = await startUsers(context());
  const port = new URL(role.url ?? "").port;
  await assert.rejects(startUsers(context({ ROOMCAST_USERS_PORT: port })), Deno.errors.AddrInUse);
  await role.stop();
});

Deno.test("startUsers() rejects with a readable line when Redis is away", async () => {
  const redis = `redis://127.0.0.1:${freePort()}`;
  await assert.rejects(startUsers(context({ ROOMCAST_REDIS: redis })), /Redis cannot be reached/);
});
