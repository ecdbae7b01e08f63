import { PRE_ROLL_SEGMENTS } from "../contracts/media_clock.ts";
import { partPlace, partsPerSegment } from "./part_place.ts";
import type { ListedSegment, PlaylistLive } from "./playlist.ts";

/** Segments listed in the playlist, the one being made included: over twice what delta updates need. */
export const LISTED_SEGMENTS = 13;
/** Segments held: one that left the playlist can be had for as long as a playlist and it last (RFC 8216bis §6.2.2). */
export const HELD_SEGMENTS = 2 * LISTED_SEGMENTS + 1;

/**
 * What the playlist of a broadcast lists when its next part is the one of that number: arithmetic, so that whoever lists
 * the same broadcast at the same moment lists the same.
 *
 * @param ended The last segment is complete as it is.
 */
export function listSegments(live: PlaylistLive, next: number, ended: boolean): ListedSegment[] {
  if (next <= 0) return [];
  const perSegment = partsPerSegment(live);
  const last = partPlace(live, next - 1);
  const first = Math.max(live.mediaSequence - PRE_ROLL_SEGMENTS, last.msn - LISTED_SEGMENTS + 1);
  return Array.from({ length: last.msn - first + 1 }, (_, index) => {
    const msn = first + index;
    const length = msn === last.msn ? last.part + 1 : perSegment;
    return { msn, parts: { length }, complete: ended || length === perSegment };
  });
}
