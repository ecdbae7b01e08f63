import assert from "node:assert/strict";
import fc from "fast-check";
import {
  firstMediaSequence,
  nextMediaSequence,
  PRE_ROLL_SEGMENTS,
  SEGMENT_MS,
  segmentsIn,
} from "../../src/contracts/media_clock.ts";

const unixMs = fc.integer({ min: 1, max: 4_000_000_000_000 });

Deno.test("segmentsIn() is exact at the edges of segments, whatever the time", () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 1_250_000_000 }), (threes) => {
    const ms = threes * 3200;
    assert.equal(segmentsIn(ms), threes * 3);
    assert.equal(segmentsIn(ms - 1), threes * 3 - 1);
  }));
});

Deno.test("firstMediaSequence() lies above every number of the earlier live, its pre-roll too", () => {
  fc.assert(
    fc.property(
      unixMs,
      fc.integer({ min: 0, max: 100_000_000 }),
      fc.integer({ min: -10_000, max: 10_000 }),
      fc.nat(2_000_000_000),
      (startedAt, durationMs, clockStepMs, least) => {
        const first = { startedAt, mediaSequence: firstMediaSequence(startedAt, least) };
        assert.ok(first.mediaSequence - PRE_ROLL_SEGMENTS >= least);
        const stoppedAt = startedAt + durationMs;
        const highest = first.mediaSequence + Math.floor(durationMs / SEGMENT_MS + 1e-6) + 1;
        const again = Math.max(1, stoppedAt + clockStepMs);
        const second = firstMediaSequence(again, nextMediaSequence(first, stoppedAt));
        assert.ok(second - PRE_ROLL_SEGMENTS > highest);
      },
    ),
  );
});

Deno.test("nextMediaSequence() never falls below the live's own zero when the clock went back", () => {
  const live = { startedAt: 1_700_000_000_000, mediaSequence: 1000 };
  assert.equal(nextMediaSequence(live, live.startedAt - 60_000), 1002);
  assert.equal(nextMediaSequence(live, live.startedAt + 1066), 1002);
  assert.equal(nextMediaSequence(live, live.startedAt + 1067), 1003);
});
