import { AdtsParser } from "../../src/hls/adts.ts";
import { ADTS_FORMAT, ENCODER_ARGS, ENCODING } from "../../src/media/mixer/encoding.ts";

/** The encoder's first frames differ from those of silence that goes on: take one further in. */
const SETTLED_FRAME = 6;

/**
 * The raw AAC frame of silence, made with the settings of the rooms.
 *
 * @throws Error when FFmpeg cannot be run or gives no such frame.
 */
export async function encodeSilence(ffmpeg: string): Promise<Uint8Array<ArrayBuffer>> {
  const source = `anullsrc=r=${ENCODING.sampleRate}:cl=mono`;
  const output = await new Deno.Command(ffmpeg, {
    args: [
      ...["-hide_banner", "-loglevel", "error", "-nostdin", "-f", "lavfi", "-i", source],
      ...["-frames:a", String(SETTLED_FRAME + 2), ...ENCODER_ARGS, "-f", "adts", "pipe:1"],
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const frame = new AdtsParser(ADTS_FORMAT).push(output.stdout)[SETTLED_FRAME];
  if (frame === undefined) {
    const said = new TextDecoder().decode(output.stderr).trim().slice(0, 300);
    throw new Error(`Cannot encode silence with "${ffmpeg}": ${said || "it gave no AAC frames"}`);
  }
  return frame;
}
