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

/** A tenth of a second. */
const WINDOW = SAMPLE_RATE / 10;

/**
 * What is heard in samples: the loudest pitch between 100 and 4000 Hz, to about 1 Hz. The sound is taken a tenth of a
 * second at a time, for a frame that was lost or filled in turns the tone's phase, and is no other tone.
 */
export function hear(samples: Float32Array): Heard {
  const windows: Float32Array[] = [];
  for (let at = 0; at + WINDOW <= samples.length; at += WINDOW) {
    windows.push(samples.subarray(at, at + WINDOW));
  }
  const energy = mean(windows.map((window) => mean([...window].map((sample) => sample * sample))));
  const coarse = loudest(windows.slice(0, 2), 100, 4000, 5);
  const hz = loudest(windows, coarse - 5, coarse + 5, 1);
  const purity = energy === 0 ? 0 : Math.min(1, power(windows, hz) / 2 / energy);
  return { hz, purity, level: Math.sqrt(energy) };
}

function loudest(
  windows: readonly Float32Array[],
  from: number,
  to: number,
  step: number,
): number {
  let best = { hz: from, power: -1 };
  for (let hz = from; hz <= to; hz += step) {
    const found = power(windows, hz);
    if (found > best.power) best = { hz, power: found };
  }
  return best.hz;
}

function power(windows: readonly Float32Array[], hz: number): number {
  return mean(windows.map((window) => goertzel(window, hz)));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

/** Asserts that what is heard is one tone of a pitch and little else. A frame or two may be silence. */
export function assertTone({ hz, purity, level }: Heard, expectedHz: number): void {
  const said = `heard ${hz} Hz, purity ${purity.toFixed(2)}, level ${level.toFixed(3)}`;
  assert.ok(Math.abs(hz - expectedHz) <= 4 && purity > 0.75 && level > 0.05, said);
}
