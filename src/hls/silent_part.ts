import { FRAME_SAMPLES } from "../contracts/media_clock.ts";
import { fragment } from "./mp4.ts";
import type { PlaylistLive } from "./playlist.ts";
import { SILENCE } from "./silence.ts";

/** The part of that number in a broadcast (see {@link partNumber}), made of silence as every mixer makes it. */
export function silentPart(
  { partFrames }: Pick<PlaylistLive, "partFrames">,
  number: number,
): Uint8Array<ArrayBuffer> {
  const frames = Array.from({ length: partFrames }, () => SILENCE);
  return fragment(number + 1, firstSample(partFrames, number), frames);
}

/** Decode time of a part's first frame, in samples since the broadcast's pre-roll began. */
export function firstSample(partFrames: number, number: number): bigint {
  return BigInt(number * partFrames) * BigInt(FRAME_SAMPLES);
}
