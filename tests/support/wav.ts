/** Mono sound at 48 kHz, samples in [-1, 1]. */
export const WAV_RATE = 48_000;

/** Writes samples as a 16-bit PCM WAV file (RIFF). */
export async function writeWav(path: string, samples: Float32Array): Promise<void> {
  const bytes = new Uint8Array(44 + 2 * samples.length);
  const view = new DataView(bytes.buffer);
  const text = (at: number, value: string) => bytes.set(new TextEncoder().encode(value), at);
  text(0, "RIFF");
  view.setUint32(4, 36 + 2 * samples.length, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, WAV_RATE, true);
  view.setUint32(28, WAV_RATE * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, 2 * samples.length, true);
  samples.forEach((sample, index) => {
    view.setInt16(44 + 2 * index, Math.round(Math.max(-1, Math.min(1, sample)) * 32767), true);
  });
  await Deno.writeFile(path, bytes);
}

/** A steady tone. */
export function tone(hz: number, seconds: number, amplitude = 0.4): Float32Array {
  return Float32Array.from(
    { length: Math.round(seconds * WAV_RATE) },
    (_, index) => amplitude * Math.sin(2 * Math.PI * hz * index / WAV_RATE),
  );
}

/** Short beeps, one every `everyS` seconds, each of the pitches (Hz) in turn; silence between them. */
export function beeps(
  pitches: readonly number[],
  everyS: number,
  lengthS = 0.08,
  amplitude = 0.6,
): Float32Array {
  const samples = new Float32Array(Math.round(pitches.length * everyS * WAV_RATE));
  pitches.forEach((hz, index) => {
    const beep = tone(hz, lengthS, amplitude);
    const edge = Math.round(0.004 * WAV_RATE);
    beep.forEach((sample, at) => {
      const fade = Math.min(1, at / edge, (beep.length - at) / edge);
      samples[Math.round((index + 0.5) * everyS * WAV_RATE) + at] = sample * fade;
    });
  });
  return samples;
}
