import { initUri, LIVE_URI, partUri, segmentUri } from "../contracts/hls.ts";
import type { LiveMeta } from "../contracts/room.ts";
import { FRAME_MS, PRE_ROLL_SEGMENTS, SEGMENT_FRAMES } from "../contracts/media_clock.ts";
import { segmentTime } from "./part_log.ts";

/** What a playlist needs to know of the broadcast. */
export type PlaylistLive = Pick<
  LiveMeta,
  "liveId" | "live" | "startedAt" | "mediaSequence" | "partFrames"
>;

/** EXT-X-TARGETDURATION in seconds: a segment's 1.067 s rounded to the nearest whole second. */
export const TARGET_DURATION_S = 1;
/** At least three target durations (RFC 8216bis §4.4.3.8). */
const HOLD_BACK_S = 3.2;
/** At least six target durations (RFC 8216bis §4.4.3.8). */
const CAN_SKIP_UNTIL_S = 6;
/** Parts older than this many target durations from the end are not listed (RFC 8216bis §4.4.4.9). */
const PARTS_FOR_S = 3 * TARGET_DURATION_S;

/** How long (s) a part lasts. */
export function partSeconds(partFrames: number): number {
  return partFrames * FRAME_MS / 1000;
}

/** The multivariant playlist: one audio rendition. */
export function multivariantPlaylist(bitrate: number): string {
  const bandwidth = Math.ceil(bitrate * 1.25);
  return [
    "#EXTM3U",
    "#EXT-X-VERSION:6",
    "#EXT-X-INDEPENDENT-SEGMENTS",
    `#EXT-X-STREAM-INF:BANDWIDTH=${bandwidth},AVERAGE-BANDWIDTH=${
      Math.ceil(bitrate * 1.1)
    },CODECS="mp4a.40.2"`,
    LIVE_URI,
    "",
  ].join("\n");
}

/** A segment as a playlist lists it. */
export interface ListedSegment {
  readonly msn: number;
  readonly parts: { readonly length: number };
  /** All its parts are there (fewer than usual in a broadcast's last segment). */
  readonly complete: boolean;
}

export interface MediaPlaylistInput {
  readonly live: PlaylistLive;
  /** Oldest first, without a hole; only the last may be incomplete. */
  readonly segments: readonly ListedSegment[];
  readonly ended: boolean;
  /** Leave out what a player already has (EXT-X-SKIP). */
  readonly skip: boolean;
}

/** The LL-HLS media playlist (RFC 8216bis §4.4). */
export function mediaPlaylist({ live, segments, ended, skip }: MediaPlaylistInput): string {
  const part = partSeconds(live.partFrames);
  const target = Math.ceil(part * 1e6 - 1e-3) / 1e6;
  const first = segments[0]?.msn ?? live.mediaSequence;
  const edge = segments.reduce((sum, { parts }) => sum + parts.length, 0) * part;
  const skipped = skip && !ended ? countSkipped(segments, edge, part) : 0;
  const startsLive = first === live.mediaSequence - PRE_ROLL_SEGMENTS && live.live > 1;
  const lines = [
    "#EXTM3U",
    "#EXT-X-VERSION:9",
    `#EXT-X-TARGETDURATION:${TARGET_DURATION_S}`,
    `#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=${CAN_SKIP_UNTIL_S}.0,` +
    `PART-HOLD-BACK=${(3 * target).toFixed(6)},HOLD-BACK=${HOLD_BACK_S}`,
    `#EXT-X-PART-INF:PART-TARGET=${target.toFixed(6)}`,
    `#EXT-X-MEDIA-SEQUENCE:${first}`,
  ];
  // Each broadcast of a room is one discontinuity; the tag counts as long as its segment is listed.
  if (live.live > 1) {
    lines.push(`#EXT-X-DISCONTINUITY-SEQUENCE:${startsLive ? live.live - 2 : live.live - 1}`);
  }
  lines.push(`#EXT-X-MAP:URI="${initUri(live.liveId)}"`);
  if (skipped > 0) lines.push(`#EXT-X-SKIP:SKIPPED-SEGMENTS=${skipped}`);
  else if (startsLive) lines.push("#EXT-X-DISCONTINUITY");
  let position = skipped * SEGMENT_FRAMES * FRAME_MS / 1000;
  for (const segment of segments.slice(skipped)) {
    const duration = segment.parts.length * part;
    // On every segment: a tag that came or went with a segment's place would be a change (RFC 8216bis §6.2.1).
    lines.push(dateTime(live, segment.msn));
    if (edge - position - duration < PARTS_FOR_S) pushParts(lines, live, segment, part);
    if (segment.complete) {
      lines.push(`#EXTINF:${seconds(duration)},`, segmentUri(live.liveId, segment.msn));
    }
    position += duration;
  }
  lines.push(ended ? "#EXT-X-ENDLIST" : preloadHint(live, segments));
  return lines.join("\n") + "\n";
}

/** The media sequence number and part index of the part that comes next. */
export function nextPart(
  live: PlaylistLive,
  segments: readonly ListedSegment[],
): { msn: number; part: number } {
  const last = segments.at(-1);
  if (last === undefined) return { msn: live.mediaSequence - PRE_ROLL_SEGMENTS, part: 0 };
  return last.complete
    ? { msn: last.msn + 1, part: 0 }
    : { msn: last.msn, part: last.parts.length };
}

function pushParts(
  lines: string[],
  live: PlaylistLive,
  segment: ListedSegment,
  part: number,
): void {
  for (let index = 0; index < segment.parts.length; index++) {
    const uri = partUri(live.liveId, segment.msn, index);
    lines.push(`#EXT-X-PART:DURATION=${seconds(part)},URI="${uri}",INDEPENDENT=YES`);
  }
}

function preloadHint(live: PlaylistLive, segments: readonly ListedSegment[]): string {
  const next = nextPart(live, segments);
  return `#EXT-X-PRELOAD-HINT:TYPE=PART,URI="${partUri(live.liveId, next.msn, next.part)}"`;
}

function dateTime(live: PlaylistLive, msn: number): string {
  return `#EXT-X-PROGRAM-DATE-TIME:${new Date(segmentTime(live, msn)).toISOString()}`;
}

function countSkipped(segments: readonly ListedSegment[], edge: number, part: number): number {
  let position = 0;
  let count = 0;
  for (const { parts } of segments) {
    position += parts.length * part;
    if (edge - position < CAN_SKIP_UNTIL_S) break;
    count += 1;
  }
  return count;
}

/** Seconds, cut to six decimals, so that no duration is above its target (which is rounded up). */
function seconds(value: number): string {
  return (Math.floor(value * 1e6 + 1e-3) / 1e6).toFixed(6);
}
