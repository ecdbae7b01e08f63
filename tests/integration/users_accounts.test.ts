import assert from "node:assert/strict";
import { LIMITS } from "../../src/control/users/limits.ts";
import { Presence } from "../../src/control/users/presence.ts";
import { newAddress, newLogin, PASSWORD, problemOf, UsersHarness } from "./users_harness.ts";

const users = new UsersHarness();
Deno.test.beforeAll(() => users.start());
Deno.test.afterAll(() => users.stop());

Deno.test("register() makes an account that can log in and see itself", async () => {
  const service = await users.service();
  const login = newLogin();
  const registered = await service.register(login.toUpperCase());
  assert.deepEqual([registered.user.login, registered.user.name, registered.user.role], [
    login,
    login,
    "user",
  ]);
  const pair = await service.pair("/api/auth/login", { login: ` ${login} `, password: PASSWORD });
  assert.equal(pair.user.id, registered.user.id);
  const me = await service.me(pair.accessToken);
  assert.equal(me.headers.get("cache-control"), "no-store");
  assert.deepEqual(await me.json(), registered.user);
});

Deno.test("register() gives a login name to one caller only when many ask at once", async () => {
  const services = [await users.service(), await users.service()];
  const body = { login: newLogin(), password: PASSWORD };
  const answers = await Promise.all(
    [0, 1, 0, 1].map((index) => services[index]?.post("/api/auth/register", body)),
  );
  assert.deepEqual(answers.map((answer) => answer?.status).sort(), [201, 409, 409, 409]);
  const refused = answers.find((answer) => answer?.status === 409);
  assert.equal((await refused?.json()).code, "name_taken");
});

Deno.test("login() answers alike when the name is unknown, malformed or the password is wrong", async () => {
  const service = await users.service();
  const { user } = await service.register(newLogin());
  const bodies = await Promise.all(
    [user.login, newLogin(), "../../etc/passwd", "", "\u0000"].map(async (login) => {
      const response = await service.post("/api/auth/login", { login, password: "wrong" });
      assert.equal(response.status, 401);
      return await response.text();
    }),
  );
  assert.equal(new Set(bodies).size, 1);
});

Deno.test("login() refuses an address further tries for a name after ten wrong ones, and lets its owner in", async () => {
  const service = await users.service();
  const login = newLogin();
  await service.register(login);
  const [guesser, owner] = [newAddress(), newAddress()];
  for (let n = 0; n < 10; n++) {
    const wrong = await service.post("/api/auth/login", { login, password: "no" }, guesser);
    assert.equal(wrong.status, 401);
  }
  const right = { login, password: PASSWORD };
  const refused = await service.post("/api/auth/login", right, guesser);
  const wait = Number(refused.headers.get("retry-after"));
  assert.ok(wait > 0 && wait <= 300, `retry-after is ${wait}`);
  assert.deepEqual(await problemOf(refused), [429, "too_many_requests"]);
  assert.equal((await service.post("/api/auth/login", right, owner)).status, 200);
});

Deno.test("login() refuses a name everywhere when a hundred tries at it were wrong, and counts no right one", async () => {
  const service = await users.service();
  const login = newLogin();
  await service.register(login);
  const right = { login, password: PASSWORD };
  await service.redis.client.set(`rate:login-name:${login}`, LIMITS.loginPerName.limit - 1);
  for (let n = 0; n < 2; n++) {
    assert.equal((await service.post("/api/auth/login", right, newAddress())).status, 200);
  }
  const wrong = { login, password: "no" };
  for (const status of [401, 429]) {
    assert.equal((await service.post("/api/auth/login", wrong, newAddress())).status, status);
  }
});

Deno.test("login() forgets wrong tries for a name when the right password comes", async () => {
  const service = await users.service();
  const [login, address] = [newLogin(), newAddress()];
  await service.register(login);
  for (const password of [...Array(9).fill("no"), PASSWORD, ...Array(9).fill("no"), PASSWORD]) {
    const response = await service.post("/api/auth/login", { login, password }, address);
    assert.equal(response.status, password === PASSWORD ? 200 : 401);
  }
});

Deno.test("guest() lets people in with a friendly name or their own when guests are on", async () => {
  const service = await users.service();
  const pair = await service.pair("/api/auth/guest");
  assert.match(pair.user.name, /^[A-Z][a-z]+ [A-Z][a-z]+$/);
  assert.deepEqual([pair.user.role, pair.user.login], ["guest", null]);
  assert.equal((await service.me(pair.accessToken)).status, 200);
  const named = await service.pair("/api/auth/guest", { name: "Zoë 🎧" });
  assert.equal(named.user.name, "Zoë 🎧");
  const again = await service.pair("/api/auth/refresh", { refreshToken: named.refreshToken });
  assert.deepEqual(again.user, named.user);
});

Deno.test("guest() lets nobody in when guests are off", async () => {
  const service = await users.service({ guests: false });
  assert.deepEqual(await problemOf(await service.post("/api/auth/guest", {})), [403, "guests_off"]);
});

Deno.test("guest() counts by the address a local proxy forwards, and by the peer when it is not local", async () => {
  const service = await users.service();
  const come = (hostname: string, forwarded: string) =>
    service.app.request("/api/auth/guest", {
      method: "POST",
      headers: { "x-forwarded-for": forwarded },
    }, { remoteAddr: { hostname } });
  const [crowd, other, stranger] = [newAddress(), newAddress(), newAddress()];
  const answers = await Promise.all(
    Array.from({ length: 61 }, (_, n) => come("127.0.0.1", `198.51.100.${n}, ${crowd}`)),
  );
  assert.equal(answers.filter(({ status }) => status === 201).length, 60);
  assert.equal(answers.filter(({ status }) => status === 429).length, 1);
  assert.equal((await come("127.0.0.1", other)).status, 201);
  assert.equal((await come(stranger, crowd)).status, 201);
});

Deno.test("me() and login() keep when a user was last seen", async () => {
  let now = Date.now();
  const service = await users.service({ now: () => now });
  const pair = await service.register(newLogin());
  const presence = new Presence(service.redis.client);
  assert.deepEqual(await presence.read(pair.user.id), {
    id: pair.user.id,
    name: pair.user.name,
    role: "user",
    lastSeenAt: now,
  });
  now += 5000;
  await (await service.me(pair.accessToken)).body?.cancel();
  assert.equal((await presence.read(pair.user.id))?.lastSeenAt, now);
});

Deno.test("every operation says which value is wrong when types are wrong", async () => {
  const service = await users.service();
  const cases: [string, unknown, string][] = [
    ["/api/auth/register", { login: 7, password: PASSWORD }, "/login"],
    ["/api/auth/register", { login: "ab", password: PASSWORD }, "/login"],
    ["/api/auth/register", { login: newLogin(), password: "short" }, "/password"],
    ["/api/auth/register", { login: newLogin(), password: "x".repeat(201) }, "/password"],
    ["/api/auth/register", { login: newLogin(), password: PASSWORD, name: "a\u202eb" }, "/name"],
    ["/api/auth/register", { login: newLogin(), password: PASSWORD, role: "admin" }, ""],
    ["/api/auth/register", `{"login":"abc","password":"${PASSWORD}","__proto__":{"x":1}}`, ""],
    ["/api/auth/login", { login: ["a"], password: { $ne: "" } }, "/login"],
    ["/api/auth/guest", { name: "x".repeat(49) }, "/name"],
    ["/api/auth/refresh", { refreshToken: null }, "/refreshToken"],
    ["/api/auth/logout", [], ""],
    ["/api/auth/login", "null", ""],
  ];
  for (const [path, body, pointer] of cases) {
    const response = await service.post(path, body, newAddress());
    assert.equal(response.status, 400, `${path} ${JSON.stringify(body)}`);
    assert.equal(response.headers.get("content-type"), "application/problem+json");
    const { code, errors } = await response.json();
    assert.equal(code, "invalid_params");
    assert.equal(errors[0].pointer, pointer, `${path} ${JSON.stringify(body)}`);
  }
});

Deno.test("every operation refuses a body that is huge, no JSON, or of another type", async () => {
  const service = await users.service();
  const huge = { login: "x".repeat(70_000), password: PASSWORD };
  const login = "/api/auth/login";
  assert.deepEqual(await problemOf(await service.post(login, huge)), [413, "payload_too_large"]);
  assert.deepEqual(await problemOf(await service.post(login, "{")), [400, "parse_error"]);
  const form = await service.app.request(login, { method: "POST", body: "login=a&password=b" });
  assert.deepEqual(await problemOf(form), [415, "unsupported_media_type"]);
  const get = await service.app.request(login);
  assert.equal(get.headers.get("allow"), "POST");
  assert.deepEqual(await problemOf(get), [405, "method_not_allowed"]);
});

Deno.test("openapi.json describes every path that the service answers at", async () => {
  const service = await users.service();
  const response = await service.app.request("/api/auth/openapi.json");
  const document = await response.json();
  assert.equal(document.openapi, "3.1.0");
  for (const [path, methods] of Object.entries<Record<string, unknown>>(document.paths)) {
    for (const method of Object.keys(methods)) {
      const answer = await service.app.request(path, { method: method.toUpperCase() });
      assert.notEqual(answer.status, 404, `${method} ${path}`);
    }
  }
});
