import { FRAME_MS, PRE_ROLL_SEGMENTS, SEGMENT_FRAMES } from "../contracts/media_clock.ts";
import type { PlaylistLive } from "./playlist.ts";

/** Where a part stands: the media sequence number of its segment, and its index in it. */
export interface PartPlace {
  readonly msn: number;
  readonly part: number;
}

/** How many parts a segment has. */
export function partsPerSegment({ partFrames }: Pick<PlaylistLive, "partFrames">): number {
  return SEGMENT_FRAMES / partFrames;
}

/** How long (ms) a part lasts. */
export function partMs({ partFrames }: Pick<PlaylistLive, "partFrames">): number {
  return partFrames * FRAME_MS;
}

/** The number of a part in its broadcast; 0 is the first one of the pre-roll. */
export function partNumber(
  live: Pick<PlaylistLive, "mediaSequence" | "partFrames">,
  { msn, part }: PartPlace,
): number {
  return (msn - live.mediaSequence + PRE_ROLL_SEGMENTS) * partsPerSegment(live) + part;
}

/** The place of the part with a number. */
export function partPlace(
  live: Pick<PlaylistLive, "mediaSequence" | "partFrames">,
  number: number,
): PartPlace {
  const perSegment = partsPerSegment(live);
  const segment = Math.floor(number / perSegment);
  return {
    msn: segment + live.mediaSequence - PRE_ROLL_SEGMENTS,
    part: number - segment * perSegment,
  };
}

/** How many frames behind the wall a mixer's grid is when all is well. */
const LAG_FRAMES = 2;

/**
 * How many parts there are by the wall clock, and how much of the next one, for who knows of the broadcast nothing but its
 * zero. A time before the zero counts as the zero.
 *
 * @param now Unix time in ms.
 * @returns A number of parts, with a fraction.
 */
export function partsByWall(
  live: Pick<PlaylistLive, "startedAt" | "partFrames">,
  now: number,
): number {
  const frames = Math.max(0, now - live.startedAt) / FRAME_MS - LAG_FRAMES;
  return (frames + PRE_ROLL_SEGMENTS * SEGMENT_FRAMES) / live.partFrames;
}
