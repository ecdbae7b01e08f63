import assert from "node:assert/strict";
import { listenFor } from "../chaos/hearing.ts";
import { Random } from "../chaos/random.ts";
import { tone } from "../support/wav.ts";

const OWN = 500;
const OTHER = 650;

/** Ten seconds of the room's tone with something else in it, from the fourth second on. */
function withPatch(patch: Float32Array): Float32Array {
  const sound = tone(OWN, 10);
  sound.set(patch, 4 * 48_000);
  return sound;
}

Deno.test("listenFor() hears no silence and no stranger in a room's own tone", () => {
  const heard = listenFor(tone(OWN, 10), OWN, [OTHER]);
  assert.deepEqual(heard, { silenceS: 0, foreignS: 0, voiceAtEnd: true });
});

Deno.test("listenFor() measures a silence to a window of 20 ms", () => {
  const { silenceS } = listenFor(withPatch(new Float32Array(24_000)), OWN, [OTHER]);
  assert.ok(Math.abs(silenceS - 0.5) <= 0.04, String(silenceS));
});

Deno.test("listenFor() hears another room's tone, also beside the own one", () => {
  const other = tone(OTHER, 1, 0.2);
  const both = tone(OWN, 1, 0.2).map((sample, i) => sample + (other[i] ?? 0));
  const { foreignS, silenceS } = listenFor(withPatch(both), OWN, [OTHER]);
  assert.ok(Math.abs(foreignS - 1) <= 0.04, String(foreignS));
  assert.equal(silenceS, 0);
});

Deno.test("listenFor() says when the voice does not come back", () => {
  const sound = tone(OWN, 2);
  sound.fill(0, 48_000);
  assert.equal(listenFor(sound, OWN, [OTHER]).voiceAtEnd, false);
  assert.equal(listenFor(new Float32Array(), OWN, []).voiceAtEnd, false);
});

Deno.test("Random gives the same order for the same seed, and another for another", () => {
  const order = (seed: number) => new Random(seed).shuffle([1, 2, 3, 4, 5, 6, 7, 8]);
  assert.deepEqual(order(7), order(7));
  assert.notDeepEqual(order(7), order(8));
  assert.deepEqual(order(7).toSorted(), [1, 2, 3, 4, 5, 6, 7, 8]);
});
