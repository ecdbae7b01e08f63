import assert from "node:assert/strict";
import { ACCESS_TTL_S } from "../../src/contracts/users.ts";
import {
  KeyRing,
  livingKeys,
  publicKey,
  type SigningKey,
  signingKey,
  withKey,
} from "../../src/control/users/key_ring.ts";

const key = (kid: string, signsFrom: number): SigningKey => ({
  kid,
  signsFrom,
  jwk: { kty: "OKP", crv: "Ed25519", x: "public", d: "private" },
});
const ring: KeyRing = [key("a", 1000), key("b", 2000), key("c", 3000)];

Deno.test("signingKey() picks the newest key whose time has come", () => {
  const at = [999, 1000, 1999, 2000, 5000].map((now) => signingKey(ring, now).kid);
  assert.deepEqual(at, ["a", "a", "a", "b", "c"]);
});

Deno.test("livingKeys() keeps a key until the last token it signed has run out", () => {
  const gone = (now: number) => livingKeys(ring, now).map(({ kid }) => kid);
  assert.deepEqual(gone(2000 + ACCESS_TTL_S * 1000), ["a", "b", "c"]);
  assert.deepEqual(gone(2000 + ACCESS_TTL_S * 1000 + 120_000), ["b", "c"]);
  assert.deepEqual(gone(Number.MAX_SAFE_INTEGER), ["c"]);
});

Deno.test("withKey() keeps the order of signing and drops the dead", () => {
  const now = 2000 + ACCESS_TTL_S * 1000 + 120_000;
  const ids = (keys: KeyRing) => keys.map(({ kid }) => kid);
  assert.deepEqual(ids(withKey(ring, key("d", now), now)), ["b", "c", "d"]);
  assert.deepEqual(ids(withKey(ring, key("d", 2500), 2400)), ["a", "b", "d", "c"]);
});

Deno.test("publicKey() holds nothing private", () => {
  assert.ok(!JSON.stringify(publicKey(ring[0])).includes("private"));
});

Deno.test("KeyRing refuses a ring without a key or with a key of another kind", () => {
  assert.equal(KeyRing.safeParse([]).success, false);
  assert.equal(KeyRing.safeParse([{ ...key("a", 1), jwk: { kty: "oct", k: "x" } }]).success, false);
  assert.equal(KeyRing.safeParse(ring).success, true);
});
