import { goertzel } from "../support/tone.ts";

const RATE = 48_000;
/** A window of 20 ms: pitches that are multiples of 50 Hz do not leak into one another. */
const WINDOW = RATE / 50;
export const WINDOW_S = WINDOW / RATE;
/** The least amplitude that counts as a tone; speakers hum at about 0.35. */
const AUDIBLE = 0.05;
/** A decoder that begins in the middle is not right at once: so many windows do not count. */
const WARM_UP = 5;
/** Fewer silent windows in a row are a lost frame, which nobody hears as silence. */
const LEAST_SILENT = 2;
/** Fewer windows in a row are the click of a cut, which holds every pitch. */
const LEAST_FOREIGN = 5;

/** What a listener of a room heard. Times in seconds of media. */
export interface Heard {
  /** How long the room's own tone was away in all. */
  readonly silenceS: number;
  /** How long a tone of elsewhere was there. */
  readonly foreignS: number;
  /** Whether the own tone is there at the end. */
  readonly voiceAtEnd: boolean;
}

/**
 * Listens for a room's own tone and for those of others, window by window.
 *
 * @param samples Mono, 48 kHz.
 * @param own The room's pitch in Hz.
 * @param others The pitches of everyone else. All are multiples of 50.
 */
export function listenFor(samples: Float32Array, own: number, others: readonly number[]): Heard {
  const voiced: boolean[] = [];
  const foreign: boolean[][] = others.map(() => []);
  for (let at = WARM_UP * WINDOW; at + WINDOW <= samples.length; at += WINDOW) {
    const window = samples.subarray(at, at + WINDOW);
    const hears = (hz: number) => Math.sqrt(goertzel(window, hz, RATE)) > AUDIBLE;
    voiced.push(hears(own));
    others.forEach((hz, index) => foreign[index]?.push(hears(hz)));
  }
  const silent = inRuns(voiced.map((voice) => !voice), LEAST_SILENT);
  const strange = foreign.map((heard) => inRuns(heard, LEAST_FOREIGN));
  return {
    silenceS: silent * WINDOW_S,
    foreignS: strange.reduce((sum, windows) => sum + windows, 0) * WINDOW_S,
    voiceAtEnd: voiced.slice(-LEAST_FOREIGN).some((voice) => voice),
  };
}

/** How many are true, of those that are in a row of at least `least`. */
function inRuns(values: readonly boolean[], least: number): number {
  let [sum, run] = [0, 0];
  for (const value of [...values, false]) {
    if (value) run += 1;
    else {
      if (run >= least) sum += run;
      run = 0;
    }
  }
  return sum;
}
