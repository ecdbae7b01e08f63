import assert from "node:assert/strict";
import { MAX_PAUSE_MS, pauseMs, TRIES } from "../../src/control/webhooks/retry_plan.ts";

Deno.test("pauseMs() grows, with jitter, and goes on for about a day when nobody answers", () => {
  const total = (random: number) =>
    Array.from(
      { length: TRIES - 1 },
      (_, index) => pauseMs(index + 1, 5000, null, () => random) ?? 0,
    )
      .reduce((sum, ms) => sum + ms, 0) / 3_600_000;
  assert.ok(total(0) > 12 && total(1) < 48, `${total(0)} to ${total(1)} h`);
  assert.equal(pauseMs(1, 5000, null, () => 0), 2500);
  assert.equal(pauseMs(1, 5000, null, () => 1), 5000);
  assert.equal(pauseMs(4, 5000, null, () => 1), 40_000);
  assert.equal(pauseMs(17, 5000, null, () => 1), MAX_PAUSE_MS);
});

Deno.test("pauseMs() gives up when it was tried often enough", () => {
  assert.notEqual(pauseMs(TRIES - 1, 5000, null), null);
  assert.equal(pauseMs(TRIES, 5000, null), null);
});

Deno.test("pauseMs() leaves the receiver alone when it asks for that, within reason", () => {
  assert.equal(pauseMs(1, 5000, 120, () => 0), 120_000);
  assert.equal(pauseMs(1, 5000, 1, () => 0), 2500);
  assert.equal(pauseMs(1, 5000, 9_999_999, () => 0), MAX_PAUSE_MS);
});
