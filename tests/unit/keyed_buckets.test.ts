import assert from "node:assert/strict";
import { AppError } from "../../src/contracts/errors.ts";
import { CALL_LIMITS, CallLimits } from "../../src/control/rooms/call_limits.ts";
import { KeyedBuckets } from "../../src/platform/keyed_buckets.ts";

/** Null when it was let through; else the seconds to wait. */
function waitOf(take: () => void): number | null {
  try {
    take();
    return null;
  } catch (err) {
    assert.ok(err instanceof AppError && err.code === "too_many_requests");
    return err.retryAfterS ?? NaN;
  }
}

Deno.test("KeyedBuckets.take() limits each caller alone, and says when to come back", () => {
  let now = 0;
  const buckets = new KeyedBuckets({ capacity: 2, perSecond: 0.5 }, () => now);
  const take = (key: string) => waitOf(() => buckets.take(key));
  assert.deepEqual([take("a"), take("a"), take("a")], [null, null, 2]);
  assert.equal(take("b"), null);
  now = 2000;
  assert.deepEqual([take("a"), take("a")], [null, 2]);
});

Deno.test("KeyedBuckets.take() stays small whoever calls, and forgets who called longest ago", () => {
  const buckets = new KeyedBuckets({ capacity: 1, perSecond: 0.001 }, () => 0, 3);
  const take = (key: string) => waitOf(() => buckets.take(key)) === null;
  assert.ok(take("a") && take("b") && take("c"));
  assert.ok(!take("a"));
  for (let i = 0; i < 2; i++) assert.ok(take(`flood-${i}`));
  assert.ok(!take("a"), "the one who called last is remembered");
  assert.ok(take("b"), "the one who did not is not");
});

Deno.test("CallLimits.take() counts who is signed in by themselves, and nobody else's address", () => {
  const limits = new CallLimits(() => 0);
  const caller = (sub: string) =>
    ({ sub, name: sub, role: "user", exp: 0 }) as Parameters<CallLimits["take"]>[1];
  const write = (sub: string) =>
    waitOf(() => limits.take({ method: "POST" }, caller(sub), "10.0.0.1"));
  for (let i = 0; i < CALL_LIMITS.write.capacity; i++) assert.equal(write("ada"), null);
  assert.equal(write("ada"), 1);
  assert.equal(write("bob"), null);
  assert.equal(waitOf(() => limits.take({ method: "GET" }, caller("ada"), "10.0.0.1")), null);
  assert.equal(waitOf(() => limits.take({ method: "GET" }, null, "10.0.0.1")), null);
});
