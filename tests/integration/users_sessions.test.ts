import assert from "node:assert/strict";
import { redisKeys } from "../../src/control/users/redis_keys.ts";
import { newLogin, problemOf, UsersHarness } from "./users_harness.ts";

const users = new UsersHarness();
Deno.test.beforeAll(() => users.start());
Deno.test.afterAll(() => users.stop());

Deno.test("refresh() gives a new pair, again and again", async () => {
  const service = await users.service();
  let { refreshToken, user } = await service.register(newLogin());
  const seen = new Set([refreshToken]);
  for (let n = 0; n < 5; n++) {
    const pair = await service.pair("/api/auth/refresh", { refreshToken });
    assert.deepEqual(pair.user, user);
    assert.equal((await service.me(pair.accessToken)).status, 200);
    seen.add(pair.refreshToken);
    ({ refreshToken, user } = pair);
  }
  assert.equal(seen.size, 6);
});

Deno.test("refresh() ends the session when a spent token comes back", async () => {
  const service = await users.service({ repeatGraceMs: 0 });
  const first = await service.register(newLogin());
  const second = await service.pair("/api/auth/refresh", { refreshToken: first.refreshToken });
  assert.deepEqual(await problemOf(await service.refresh(first.refreshToken)), [
    401,
    "unauthorized",
  ]);
  assert.deepEqual(await problemOf(await service.refresh(second.refreshToken)), [
    401,
    "unauthorized",
  ]);
});

Deno.test("refresh() ends the session when a token two generations old comes back, grace or not", async () => {
  const service = await users.service();
  const first = await service.register(newLogin());
  const second = await service.pair("/api/auth/refresh", { refreshToken: first.refreshToken });
  const third = await service.pair("/api/auth/refresh", { refreshToken: second.refreshToken });
  assert.equal((await service.refresh(first.refreshToken)).status, 401);
  assert.equal((await service.refresh(third.refreshToken)).status, 401);
});

Deno.test("refresh() gives one successor to all when a token is sent several times at once", async () => {
  const services = [await users.service(), await users.service()];
  const first = await services[0]?.register(newLogin());
  assert.ok(first);
  const pairs = await Promise.all(
    [0, 1, 0, 1, 0].map((index) =>
      services[index]?.pair("/api/auth/refresh", { refreshToken: first.refreshToken })
    ),
  );
  const successors = new Set(pairs.map((pair) => pair?.refreshToken));
  assert.equal(successors.size, 1);
  const [successor = ""] = successors;
  assert.equal((await services[1]?.refresh(successor))?.status, 200);
});

Deno.test("refresh() of one session leaves the user's other sessions alone when it is stolen", async () => {
  const service = await users.service({ repeatGraceMs: 0 });
  const login = newLogin();
  const phone = await service.register(login, "a password here");
  const laptop = await service.pair("/api/auth/login", { login, password: "a password here" });
  await service.pair("/api/auth/refresh", { refreshToken: phone.refreshToken });
  assert.equal((await service.refresh(phone.refreshToken)).status, 401);
  assert.equal((await service.refresh(laptop.refreshToken)).status, 200);
});

Deno.test("refresh() refuses what is no token of ours", async () => {
  const service = await users.service();
  const { refreshToken, accessToken } = await service.register(newLogin());
  const unknown = `${"A".repeat(22)}.${"A".repeat(43)}`;
  for (const token of ["", "x", unknown, accessToken, `${refreshToken}x`, "a*.b", "👾.👾"]) {
    assert.deepEqual(await problemOf(await service.refresh(token)), [401, "unauthorized"]);
  }
  assert.equal((await service.refresh(refreshToken)).status, 200);
});

Deno.test("refresh() refuses a guest whose record has run out", async () => {
  const service = await users.service();
  const { refreshToken, user } = await service.pair("/api/auth/guest");
  assert.ok(await service.redis.client.ttl(redisKeys.account(user.id)) > 0);
  await service.redis.client.del(redisKeys.account(user.id));
  assert.equal((await service.refresh(refreshToken)).status, 401);
});

Deno.test("logout() ends the session, and does so again without a complaint", async () => {
  const service = await users.service();
  const { refreshToken } = await service.register(newLogin());
  for (const token of [refreshToken, refreshToken, "nonsense"]) {
    const response = await service.post("/api/auth/logout", { refreshToken: token });
    assert.deepEqual([response.status, await response.text()], [204, ""]);
  }
  assert.equal((await service.refresh(refreshToken)).status, 401);
});

Deno.test("Redis holds neither password nor refresh token, and every session runs out", async () => {
  const service = await users.service();
  const password = `secret-${crypto.randomUUID()}`;
  const first = await service.register(newLogin(), password);
  const second = await service.pair("/api/auth/refresh", { refreshToken: first.refreshToken });
  const { client } = service.redis;
  for (const key of await client.keys("*")) {
    const value = await client.type(key) === "hash"
      ? JSON.stringify(await client.hgetall(key))
      : await client.get(key) ?? "";
    assert.ok(!value.includes(password), key);
    for (const { refreshToken } of [first, second]) {
      assert.ok(!value.includes(refreshToken.split(".")[1] ?? ""), key);
    }
    if (key.startsWith("users:session:")) assert.ok(await client.ttl(key) > 0, key);
  }
});

Deno.test("the service says it is at fault, and goes on for others, when Redis holds garbage", async () => {
  const service = await users.service();
  const { client } = service.redis;
  const { user, accessToken, refreshToken } = await service.register(newLogin());
  for (const garbage of [`{"id":"../x"}`, "not JSON", "null", ""]) {
    await client.set(redisKeys.account(user.id), garbage);
    assert.deepEqual(await problemOf(await service.me(accessToken)), [500, "internal"]);
  }
  await client.set(redisKeys.session(refreshToken.split(".")[0] ?? ""), "not a hash");
  assert.deepEqual(await problemOf(await service.refresh(refreshToken)), [500, "internal"]);
  assert.equal((await service.pair("/api/auth/guest")).user.role, "guest");
});
