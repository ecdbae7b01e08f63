import assert from "node:assert/strict";
import { LINK_TTL_S } from "../../src/contracts/listen_links.ts";
import {
  LINK_KEY_LIFE_MS,
  needsLinkKey,
  newLinkKey,
  signingLinkKey,
  spentLinkKeys,
} from "../../src/control/rooms/link_keyring.ts";

const NOW = 1_800_000_000_000;
const ring = (...ages: number[]) =>
  new Map(ages.map((age, index) => [`key${index}`, newLinkKey(NOW - age)]));

Deno.test("signingLinkKey() gives the newest key that edges have had time to learn", () => {
  assert.equal(signingLinkKey(ring(), NOW), null);
  assert.equal(signingLinkKey(ring(50, 10, -5), NOW)?.kid, "key1");
  assert.equal(signingLinkKey(ring(-5), NOW)?.kid, "key0");
});

Deno.test("needsLinkKey() says so when there is none, or the newest has had its life", () => {
  assert.ok(needsLinkKey(ring(), NOW));
  assert.ok(!needsLinkKey(ring(LINK_KEY_LIFE_MS), NOW));
  assert.ok(needsLinkKey(ring(2 * LINK_KEY_LIFE_MS, LINK_KEY_LIFE_MS + 1), NOW));
});

Deno.test("spentLinkKeys() gives a key up once the last link it can have signed has expired", () => {
  const longest = LINK_TTL_S.max * 1000;
  assert.deepEqual(spentLinkKeys(ring(longest * 3, longest), NOW), []);
  assert.deepEqual(spentLinkKeys(ring(longest * 3, longest + 1), NOW), ["key0"]);
  assert.deepEqual(spentLinkKeys(ring(longest * 9), NOW), []);
});
