import assert from "node:assert/strict";
import fc from "fast-check";
import { FromPortPool, PortPool, ToPortPool } from "../../src/workers/port_pool.ts";

const REST_MS = 1000;

Deno.test("PortPool never has a port in two hands, and lets each rest before it is used again", () => {
  const act = fc.oneof(
    { weight: 3, arbitrary: fc.constant("take" as const) },
    { weight: 2, arbitrary: fc.record({ release: fc.nat(30) }) },
    { weight: 1, arbitrary: fc.record({ releaseForeign: fc.integer({ min: 0, max: 70_000 }) }) },
    { weight: 2, arbitrary: fc.record({ pass: fc.nat(700) }) },
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), fc.nat(17), fc.array(act), (min, size, acts) => {
      const pool = new PortPool(min, min + size, REST_MS);
      const all = pool.counts(0).free;
      const leased: number[] = [];
      const restingUntil = new Map<number, number>();
      let now = 0;
      for (const one of acts) {
        if (one === "take") {
          const port = pool.take(now);
          const resting = [...restingUntil.values()].filter((until) => until > now).length;
          if (port === null) {
            assert.equal(leased.length + resting, all, "refused although one is free");
            continue;
          }
          assert.ok(port % 2 === 0 && port >= min && port + 1 <= min + size);
          assert.ok(!leased.includes(port), "given out twice");
          assert.ok((restingUntil.get(port) ?? 0) <= now, "given out before it had rested");
          leased.push(port);
        } else if ("release" in one) {
          const [port] = leased.splice(one.release % (leased.length || 1), 1);
          if (port === undefined) continue;
          pool.release(port, now);
          restingUntil.set(port, now + REST_MS);
        } else if ("pass" in one) {
          now += one.pass;
        } else if (!leased.includes(one.releaseForeign)) {
          pool.release(one.releaseForeign, now);
        }
        const counts = pool.counts(now);
        assert.equal(counts.free + counts.leased + counts.resting, all);
        assert.equal(counts.leased, leased.length);
      }
    }),
  );
});

Deno.test("PortPool gives out the port that has rested longest", () => {
  const pool = new PortPool(30_000, 30_005, REST_MS);
  assert.deepEqual([pool.take(0), pool.take(0)], [30_000, 30_002]);
  pool.release(30_002, 10);
  pool.release(30_000, 20);
  const later = 20 + REST_MS;
  assert.deepEqual([pool.take(later), pool.take(later), pool.take(later), pool.take(later)], [
    30_004,
    30_002,
    30_000,
    null,
  ]);
});

Deno.test("PortPool has even ports with an odd one above them within its range", () => {
  assert.equal(new PortPool(30_001, 30_002).take(0), null);
  assert.equal(new PortPool(30_001, 30_003).take(0), 30_002);
  assert.equal(new PortPool(30_000, 30_000).take(0), null);
});

Deno.test("PortPool.adopt() takes ports in use out of the pool, and ignores all others", () => {
  const pool = new PortPool(30_000, 30_003, REST_MS);
  for (const port of [30_000, 30_000, 30_001, 40_000]) pool.adopt(port);
  assert.deepEqual(pool.counts(0), { free: 1, leased: 1, resting: 0 });
  assert.equal(pool.take(0), 30_002);
  pool.release(30_000, 0);
  assert.equal(pool.take(REST_MS), 30_000);
});

Deno.test("the port pool's messages refuse what is no port", () => {
  for (const port of [0, 65_536, 1.5, "30000", null]) {
    assert.equal(ToPortPool.safeParse({ type: "release", port }).success, false);
  }
  for (const message of [null, {}, { type: "lease" }, { type: "stop" }, "lease"]) {
    assert.equal(ToPortPool.safeParse(message).success, false);
  }
  assert.equal(FromPortPool.safeParse({ type: "leased", call: 1, port: null }).success, true);
});
