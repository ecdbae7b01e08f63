import assert from "node:assert/strict";
import fc from "fast-check";
import { CoalescingCache } from "../../src/gateway/edge/coalescing_cache.ts";

interface Thing {
  readonly name: string;
  readonly size: number;
  readonly ttlMs: number;
}

/** Counts what is fetched. */
function source(ttlMs = 60_000) {
  const fetched: string[] = [];
  const thing = (name: string, size = 1) => () => {
    fetched.push(name);
    return Promise.resolve<Thing>({ name, size, ttlMs });
  };
  return { fetched, thing };
}

Deno.test("CoalescingCache.get() fetches once for all who ask while it is coming", async () => {
  const cache = new CoalescingCache<Thing>(100);
  const { promise, resolve } = Promise.withResolvers<Thing>();
  let fetches = 0;
  const asked = Array.from({ length: 200 }, () =>
    cache.get("part", () => {
      fetches += 1;
      return promise;
    }));
  resolve({ name: "part", size: 10, ttlMs: 60_000 });
  const answers = await Promise.all(asked);
  assert.equal(fetches, 1);
  assert.equal(new Set(answers).size, 1);
  assert.deepEqual(cache.counts, { hits: 199, misses: 1 });
  await cache.get("part", () => assert.fail("it is there already"));
});

Deno.test("CoalescingCache.get() fetches again when the last fetch failed", async () => {
  const cache = new CoalescingCache<Thing>(100);
  const failing = () => Promise.reject(new Error("away"));
  const both = await Promise.allSettled([cache.get("a", failing), cache.get("a", failing)]);
  assert.deepEqual(both.map(({ status }) => status), ["rejected", "rejected"]);
  assert.equal(cache.counts.misses, 1);
  const { thing } = source();
  assert.equal((await cache.get("a", thing("a"))).name, "a");
});

Deno.test("CoalescingCache keeps nothing that may not be given to others", async () => {
  const cache = new CoalescingCache<Thing>(100);
  const { fetched, thing } = source(0);
  await cache.get("a", thing("a"));
  await cache.get("a", thing("a"));
  assert.deepEqual([fetched.length, cache.bytes], [2, 0]);
});

Deno.test("CoalescingCache drops what was used least recently when it is full", async () => {
  const cache = new CoalescingCache<Thing>(30);
  const { fetched, thing } = source();
  for (const name of ["a", "b", "c"]) await cache.get(name, thing(name, 10));
  await cache.get("a", thing("a", 10));
  await cache.get("d", thing("d", 10));
  await cache.get("a", thing("a", 10));
  await cache.get("b", thing("b", 10));
  assert.deepEqual(fetched, ["a", "b", "c", "d", "b"]);
});

Deno.test("CoalescingCache never weighs more than it may, and always gives what was asked for", async () => {
  const get = fc.record({ name: fc.constantFrom(..."abcdefgh"), size: fc.nat(60) });
  await fc.assert(fc.asyncProperty(fc.array(get), async (gets) => {
    const cache = new CoalescingCache<Thing>(100);
    const { thing } = source();
    for (const { name, size } of gets) {
      assert.equal((await cache.get(name, thing(name, size))).name, name);
      assert.ok(cache.bytes >= 0 && cache.bytes <= 100);
    }
  }));
});
