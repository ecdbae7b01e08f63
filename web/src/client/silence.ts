/**
 * A WAV file of silence. Played in the person's tap, it lets the browser play sound later without
 * another one, when the broadcast begins (phones ask for a tap per audio element).
 *
 * @param seconds Its length.
 */
export function silentWav(seconds: number): Blob {
  const rate = 8000;
  const samples = Math.round(seconds * rate);
  const view = new DataView(new ArrayBuffer(44 + samples));
  const word = (at: number, letters: string) =>
    [...letters].forEach((letter, index) => view.setUint8(at + index, letter.charCodeAt(0)));
  word(0, "RIFF");
  view.setUint32(4, 36 + samples, true);
  word(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, rate, true);
  view.setUint16(32, 1, true);
  view.setUint16(34, 8, true);
  word(36, "data");
  view.setUint32(40, samples, true);
  // Eight-bit samples are unsigned: 128 is silence.
  new Uint8Array(view.buffer, 44).fill(128);
  return new Blob([view.buffer], { type: "audio/wav" });
}
