import type { AdtsFormat } from "../../hls/adts.ts";
import { ENCODING } from "../../hls/encoding.ts";

export { ENCODING };

export const ADTS_FORMAT: AdtsFormat = {
  objectType: 2,
  sampleRate: ENCODING.sampleRate,
  channels: ENCODING.channels,
};

/** FFmpeg's encoder options. The fast coder costs 40 % less CPU and is as good for speech at this rate. */
export const ENCODER_ARGS: readonly string[] = [
  ...["-c:a", "aac", "-aac_coder", "fast", "-b:a", String(ENCODING.bitrate)],
  ...["-ar", String(ENCODING.sampleRate), "-ac", String(ENCODING.channels)],
];
