import assert from "node:assert/strict";
import { assertTone, hear } from "../support/tone.ts";

/** 0.85 s of the sum of tones, 48 kHz. */
function tones(pitches: readonly number[], phaseAt = (_: number) => 0): Float32Array {
  return new Float32Array(40_960).map((_, i) =>
    pitches.reduce((sum, hz) => sum + 0.3 * Math.sin(2 * Math.PI * hz * i / 48_000 + phaseAt(i)), 0)
  );
}

Deno.test("hear() finds a tone's pitch, also when a frame lost turned its phase", () => {
  for (const hz of [120, 440, 881, 1203, 3990]) {
    assert.equal(hear(tones([hz])).hz, hz);
    assertTone(hear(tones([hz], (i) => i > 20_000 ? 3 : 0)), hz);
  }
});

Deno.test("hear() takes two tones, noise or silence for no pure tone", () => {
  assert.ok(hear(tones([440, 1500])).purity < 0.6);
  assert.ok(hear(new Float32Array(40_960).map(() => Math.random() - 0.5)).purity < 0.1);
  assert.deepEqual([hear(new Float32Array(40_960)).level, hear(new Float32Array()).purity], [0, 0]);
});
