import { ok } from "node:assert/strict";
import fc from "fast-check";
import { drawToken, fullBucket } from "../../src/platform/token_bucket.ts";

const SPEC = { capacity: 5, perSecond: 2 };

Deno.test("drawToken() never gives more than the burst and the rate allow, whatever the clock does", () => {
  const steps = fc.array(fc.integer({ min: -500, max: 2000 }), { minLength: 1, maxLength: 200 });
  fc.assert(fc.property(steps, (pauses) => {
    let now = 0;
    let forwardMs = 0;
    let drawn = 0;
    let bucket = fullBucket(SPEC, now);
    for (const pause of pauses) {
      now += pause;
      forwardMs += Math.max(0, pause);
      const result = drawToken(bucket, SPEC, now);
      bucket = result.bucket;
      if (result.waitMs === 0) drawn += 1;
      ok(bucket.tokens >= 0 && bucket.tokens <= SPEC.capacity);
      ok(result.waitMs >= 0 && result.waitMs <= 1000 / SPEC.perSecond);
    }
    ok(drawn <= SPEC.capacity + forwardMs / 1000 * SPEC.perSecond + 1e-6);
  }));
});

Deno.test("drawToken() gives one after the time it told to wait", () => {
  fc.assert(fc.property(fc.nat(10_000), (idleMs) => {
    let bucket = fullBucket(SPEC, 0);
    let waitMs = 0;
    while (waitMs === 0) ({ bucket, waitMs } = drawToken(bucket, SPEC, idleMs));
    ok(drawToken(bucket, SPEC, idleMs + waitMs * 0.99 - 0.01).waitMs > 0);
    ok(drawToken(bucket, SPEC, idleMs + waitMs + 0.01).waitMs === 0);
  }));
});
