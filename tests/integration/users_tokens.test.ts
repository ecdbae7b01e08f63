import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createLocalJWKSet, generateKeyPair, importJWK, SignJWT, UnsecuredJWT } from "jose";
import { ACCESS_TTL_S } from "../../src/contracts/users.ts";
import { readOrMakeKeyRing } from "../../src/control/users/key_store.ts";
import { rotateKeys, rotateOldKeys } from "../../src/control/users/rotate_keys.ts";
import { redisKeys } from "../../src/control/users/redis_keys.ts";
import { createTokenVerifier } from "../../src/platform/jwt.ts";
import { newLogin, problemOf, type Service, UsersHarness } from "./users_harness.ts";

const users = new UsersHarness();
Deno.test.beforeAll(() => users.start());
Deno.test.afterAll(() => users.stop());

async function keySet(service: Service) {
  return await (await service.app.request("/.well-known/jwks.json")).json();
}

async function kids(service: Service): Promise<string[]> {
  return (await keySet(service)).keys.map(({ kid }: { kid: string }) => kid);
}

function kidOf(token: string): string {
  return JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString()).kid;
}

async function ourKey(service: Service) {
  const { ring } = await readOrMakeKeyRing(service.redis.client, Date.now());
  return { kid: ring[0].kid, key: await importJWK(ring[0].jwk, "EdDSA") };
}

function claims(sub: string) {
  return new SignJWT({ name: "Eve", role: "admin" }).setIssuer("roomcast").setAudience("roomcast")
    .setSubject(sub).setIssuedAt().setExpirationTime("10 min");
}

Deno.test("jwks.json holds public halves only and may be cached", async () => {
  const service = await users.service();
  const response = await service.app.request("/.well-known/jwks.json");
  assert.equal(response.headers.get("cache-control"), "public, max-age=60");
  const { keys } = await response.json();
  assert.equal(keys.length, 1);
  assert.deepEqual(Object.keys(keys[0]).sort(), ["alg", "crv", "kid", "kty", "use", "x"]);
});

Deno.test("jwks.json is enough for another part to check an access token", async () => {
  const service = await users.service();
  const { accessToken, user, expiresIn } = await service.register(newLogin());
  const verifier = createTokenVerifier(createLocalJWKSet(await keySet(service)));
  const { exp, ...rest } = await verifier.verify(accessToken);
  assert.deepEqual(rest, { sub: user.id, name: user.name, role: "user" });
  assert.equal(expiresIn, ACCESS_TTL_S);
  assert.ok(Math.abs(exp - Date.now() / 1000 - ACCESS_TTL_S) < 60);
});

Deno.test("me() says that a token has expired when it has", async () => {
  const anHourAgo = await users.service({ now: () => Date.now() - 3600_000 });
  const service = await users.service();
  const { accessToken } = await anHourAgo.register(newLogin());
  assert.deepEqual(await problemOf(await service.me(accessToken)), [401, "token_expired"]);
});

Deno.test("me() refuses a token that we did not sign, or not for this", async () => {
  const service = await users.service();
  const { accessToken, user } = await service.register(newLogin());
  const { kid, key } = await ourKey(service);
  const header = { alg: "EdDSA", kid };
  const foreign = await generateKeyPair("EdDSA", { crv: "Ed25519" });
  const [set] = (await keySet(service)).keys;
  const publicBytes = Buffer.from(set.x, "base64url");
  const [head, , signature] = accessToken.split(".");
  const forged = Buffer.from(JSON.stringify({ sub: "u-admin", role: "admin" })).toString(
    "base64url",
  );
  const tokens: Record<string, string> = {
    "none alg": new UnsecuredJWT({ name: "Eve", role: "admin" }).setIssuer("roomcast")
      .setAudience("roomcast").setSubject(user.id).setExpirationTime("10 min").encode(),
    "foreign key under our kid": await claims(user.id).setProtectedHeader(header)
      .sign(foreign.privateKey),
    "foreign kid": await claims(user.id).setProtectedHeader({ alg: "EdDSA", kid: "other" })
      .sign(foreign.privateKey),
    "no kid": await claims(user.id).setProtectedHeader({ alg: "EdDSA" }).sign(key),
    "HS256 keyed with our public key": await claims(user.id)
      .setProtectedHeader({ alg: "HS256", kid }).sign(publicBytes),
    "HS256 keyed with our key set": await claims(user.id)
      .setProtectedHeader({ alg: "HS256", kid }).sign(Buffer.from(JSON.stringify(set))),
    "other audience": await claims(user.id).setAudience("elsewhere").setProtectedHeader(header)
      .sign(key),
    "other issuer": await claims(user.id).setIssuer("elsewhere").setProtectedHeader(header)
      .sign(key),
    "not yet valid": await claims(user.id).setNotBefore("5 min").setProtectedHeader(header)
      .sign(key),
    "no expiry": await new SignJWT({ name: "Eve", role: "user" }).setIssuer("roomcast")
      .setAudience("roomcast").setSubject(user.id).setProtectedHeader(header).sign(key),
    "unknown role": await new SignJWT({ name: "Eve", role: "root" }).setIssuer("roomcast")
      .setAudience("roomcast").setSubject(user.id).setExpirationTime("10 min")
      .setProtectedHeader(header).sign(key),
    "hostile subject": await claims("../keys").setProtectedHeader(header).sign(key),
    "changed payload": `${head}.${forged}.${signature}`,
    "cut signature": accessToken.slice(0, -4),
    "nothing": "",
    "no JWT": "abc",
  };
  for (const [what, token] of Object.entries(tokens)) {
    assert.deepEqual(await problemOf(await service.me(token)), [401, "unauthorized"], what);
  }
  const bare = await service.app.request("/api/auth/me");
  assert.deepEqual(await problemOf(bare), [401, "unauthorized"]);
});

Deno.test("me() refuses a user who is gone", async () => {
  const service = await users.service();
  const { key, kid } = await ourKey(service);
  const token = await claims("u-nobody").setProtectedHeader({ alg: "EdDSA", kid }).sign(key);
  assert.deepEqual(await problemOf(await service.me(token)), [401, "unauthorized"]);
});

Deno.test("instances agree on one key when they start at the same time", async () => {
  const services = await Promise.all([1, 2, 3].map(() => users.service()));
  await services[0]?.redis.client.del(redisKeys.keyRing);
  const sets = await Promise.all(services.map(kids));
  assert.deepEqual(sets.map((set) => set.length), [1, 1, 1]);
  assert.equal(new Set(sets.flat()).size, 1);
});

Deno.test("a key outlives the loss of all that Redis had, so that tokens stay good", async () => {
  const service = await users.service();
  const before = await kids(service);
  await service.redis.client.flushall();
  const fresh = await users.service();
  assert.deepEqual(await kids(service), before);
  assert.deepEqual(await kids(fresh), before);
  await service.register(newLogin());
});

Deno.test("rotateKeys() publishes a key first, then all instances sign with it, then the old one goes", async () => {
  let now = Date.now();
  const clock = () => now;
  const [one, two] = [await users.service({ now: clock }), await users.service({ now: clock })];
  await one.redis.client.del(redisKeys.keyRing);
  const before = await one.register(newLogin());
  const oldKid = kidOf(before.accessToken);
  const login = { refreshToken: (await two.register(newLogin())).refreshToken };

  const newKid = await rotateKeys(one.redis.client, { now: clock });
  for (const service of [one, two]) assert.deepEqual(await kids(service), [oldKid, newKid]);
  const during = await two.pair("/api/auth/refresh", login);
  assert.equal(kidOf(during.accessToken), oldKid);

  now += 61_000;
  const after = await two.pair("/api/auth/refresh", { refreshToken: during.refreshToken });
  assert.equal(kidOf(after.accessToken), newKid);
  for (const service of [one, two]) {
    for (const { accessToken } of [before, during, after]) {
      assert.equal((await service.me(accessToken)).status, 200);
    }
  }

  now += ACCESS_TTL_S * 1000;
  assert.ok((await kids(one)).includes(oldKid));
  now += 121_000;
  assert.deepEqual(await kids(two), [newKid]);
});

Deno.test("rotateKeys() signs at once when asked to, and other instances know the key without a restart", async () => {
  const [one, two] = [await users.service(), await users.service()];
  await two.register(newLogin());
  const newKid = await rotateKeys(one.redis.client, { leadS: 0 });
  const { accessToken } = await one.register(newLogin());
  assert.equal(kidOf(accessToken), newKid);
  assert.equal((await two.me(accessToken)).status, 200);
});

Deno.test("rotateKeys() loses no key when several instances rotate at once", async () => {
  const service = await users.service();
  const before = (await kids(service)).length;
  const outcomes = await Promise.allSettled(
    [1, 2, 3].map(() => rotateKeys(service.redis.client)),
  );
  const done = outcomes.filter(({ status }) => status === "fulfilled").length;
  assert.ok(done >= 1);
  assert.equal((await kids(service)).length, before + done);
});

Deno.test("rotateOldKeys() rotates once, and only when the key has had its life", async () => {
  const { client } = await users.connect();
  assert.equal(await rotateOldKeys(client), null);
  const inAMonth = () => Date.now() + 31 * 24 * 3600_000;
  assert.notEqual(await rotateOldKeys(client, inAMonth), null);
  assert.equal(await rotateOldKeys(client, inAMonth), null);
});
