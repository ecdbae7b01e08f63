import assert from "node:assert/strict";

const SAMPLE_RATE = 48_000;

/** What is heard in a piece of sound. */
export interface Heard {
  /** The pitch that is loudest, in Hz. */
  readonly hz: number;
  /** How much of the sound's energy is that tone: near 1 for a pure tone, near 0 for noise. */
  readonly purity: number;
  /** Root mean square, 1 being full scale. */
  readonly level: number;
}

/**
 * Decodes media (an init segment and fragments, or anything FFmpeg reads) to mono samples at 48 kHz, from -1 to 1.
 *
 * @throws Error with what FFmpeg said when it finds no sound in it.
 */
export async function decodeSound(media: Uint8Array): Promise<Float32Array> {
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeFile(file, media);
    const { success, stdout, stderr } = await new Deno.Command("ffmpeg", {
      args: [
        ...["-hide_banner", "-loglevel", "error", "-nostdin", "-i", file],
        ...["-f", "f32le", "-ac", "1", "-ar", String(SAMPLE_RATE), "pipe:1"],
      ],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).output();
    if (!success) throw new Error(`Cannot decode: ${new TextDecoder().decode(stderr).trim()}`);
    return new Float32Array(stdout.buffer.slice(0, stdout.length - stdout.length % 4));
  } finally {
    await Deno.remove(file);
  }
}

/**
 * The energy of one pitch in samples: the square of its amplitude (G. Goertzel, 1958).
 *
 * @param hz A pitch, in Hz; it need not fit the length of the samples.
 */
export function goertzel(samples: Float32Array, hz: number, sampleRate = SAMPLE_RATE): number {
  const coefficient = 2 * Math.cos(2 * Math.PI * hz / sampleRate);
  let [last, beforeLast] = [0, 0];
  for (const sample of samples) {
    [last, beforeLast] = [sample + coefficient * last - beforeLast, last];
  }
  const power = last * last + beforeLast * beforeLast - coefficient * last * beforeLast;
  return 4 * power / (samples.length * samples.length);
}

/** What is heard in samples: the loudest pitch between 100 and 4000 Hz, to 1 Hz. */
export function hear(samples: Float32Array): Heard {
  const energy = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
  // The window is as narrow as a step is wide, so that no pitch falls between two steps.
  const coarse = loudest(samples.slice(0, SAMPLE_RATE / 10), 100, 4000, 5);
  const fine = loudest(samples, coarse - 5, coarse + 5, 1);
  const purity = energy === 0 ? 0 : Math.min(1, goertzel(samples, fine) / 2 / energy);
  return { hz: fine, purity, level: Math.sqrt(energy) };
}

function loudest(samples: Float32Array, from: number, to: number, step: number): number {
  let best = { hz: from, power: -1 };
  for (let hz = from; hz <= to; hz += step) {
    const power = goertzel(samples, hz);
    if (power > best.power) best = { hz, power };
  }
  return best.hz;
}

/** Asserts that what is heard is one tone of a pitch and little else. A frame lost may have bent it a little. */
export function assertTone({ hz, purity, level }: Heard, expectedHz: number): void {
  const said = `heard ${hz} Hz, purity ${purity.toFixed(2)}, level ${level.toFixed(3)}`;
  assert.ok(Math.abs(hz - expectedHz) <= 4 && purity > 0.8 && level > 0.05, said);
}
