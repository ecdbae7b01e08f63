import {
  type MediaPlaylist,
  playlistSeconds,
  type PlaylistSegment,
  segmentSeconds,
} from "./media_playlist.ts";

/** What durations written with six decimals may differ by (s). */
const ROUNDING_S = 1e-5;
/** What dates written in ms may differ by (ms). */
const DATE_ROUNDING_MS = 1.5;
/** A part that is not its segment's last lasts at least this share of the target (RFC 8216bis §4.4.4.9). */
const LEAST_PART = 0.85;

type Sentences = Generator<string, void, void>;
type Rule = (playlist: MediaPlaylist) => Sentences;

/**
 * The rules of RFC 8216bis that one playlist alone can break, as sentences; empty: none is broken. A rule that
 * the RFC only recommends counts as well, where Roomcast means to keep it.
 */
export function checkPlaylist(playlist: MediaPlaylist): string[] {
  return RULES.flatMap((rule) => [...rule(playlist)]);
}

const RULES: readonly Rule[] = [
  versions,
  targetDuration,
  serverControl,
  skip,
  partDurations,
  partPlaces,
  preloadHint,
  initSegments,
  dates,
  uris,
];

function* versions({ version, skipped, segments }: MediaPlaylist): Sentences {
  if (segments.some(({ map }) => map !== null) && version < 6) yield "EXT-X-MAP needs version 6";
  if (skipped > 0 && version < 9) yield "EXT-X-SKIP needs version 9";
}

function* targetDuration({ targetDurationS, segments }: MediaPlaylist): Sentences {
  if (targetDurationS === null) return yield "EXT-X-TARGETDURATION is missing";
  for (const { msn, durationS } of segments) {
    if (durationS !== null && Math.round(durationS) > targetDurationS) {
      yield `Segment ${msn} lasts ${durationS} s, which is over the target of ${targetDurationS} s`;
    }
  }
}

function* serverControl(
  { serverControl: control, targetDurationS, partTargetS }: MediaPlaylist,
): Sentences {
  const target = targetDurationS ?? 0;
  if (control === null) return yield "EXT-X-SERVER-CONTROL is missing";
  const { canBlockReload, canSkipUntilS, holdBackS, partHoldBackS } = control;
  if (!canBlockReload) yield "CAN-BLOCK-RELOAD is not YES";
  if (holdBackS !== null && holdBackS < 3 * target) yield "HOLD-BACK is under 3 target durations";
  if (canSkipUntilS !== null && canSkipUntilS < 6 * target) {
    yield "CAN-SKIP-UNTIL is under 6 target durations";
  }
  if (partTargetS === null) return;
  if (partHoldBackS === null) yield "PART-HOLD-BACK is missing";
  else if (partHoldBackS < 2 * partTargetS) yield "PART-HOLD-BACK is under 2 part targets";
  else if (partHoldBackS < 3 * partTargetS - ROUNDING_S) {
    yield "PART-HOLD-BACK is under the 3 part targets recommended";
  }
}

function* skip(playlist: MediaPlaylist): Sentences {
  if (playlist.skipped === 0) return;
  const boundaryS = playlist.serverControl?.canSkipUntilS ?? null;
  if (boundaryS === null) return yield "It skips segments, but CAN-SKIP-UNTIL is missing";
  if (playlistSeconds(playlist) < boundaryS - ROUNDING_S) {
    yield `It skips segments that are nearer to its end than ${boundaryS} s`;
  }
}

function* partDurations({ partTargetS, segments }: MediaPlaylist): Sentences {
  if (segments.every(({ parts }) => parts.length === 0)) return;
  if (partTargetS === null) return yield "It has parts, but EXT-X-PART-INF is missing";
  for (const { msn, parts, durationS } of segments) {
    for (const [index, part] of parts.entries()) {
      const name = `Part ${msn}.${index} of ${part.durationS} s`;
      if (part.durationS > partTargetS) yield `${name} is over the target of ${partTargetS} s`;
      const last = durationS !== null && index === parts.length - 1;
      if (!last && part.durationS < LEAST_PART * partTargetS) yield `${name} is too short`;
    }
    const sum = parts.reduce((total, part) => total + part.durationS, 0);
    if (durationS !== null && parts.length > 0 && Math.abs(sum - durationS) > ROUNDING_S) {
      yield `The parts of segment ${msn} last ${sum} s, the segment ${durationS} s`;
    }
  }
}

/** Parts are listed for the segments that end within three target durations of the end, and for no others. */
function* partPlaces(playlist: MediaPlaylist): Sentences {
  const { targetDurationS, partTargetS, segments } = playlist;
  if (targetDurationS === null || partTargetS === null) return;
  let left = playlistSeconds(playlist);
  for (const segment of segments) {
    left -= segmentSeconds(segment);
    const near = left < 3 * targetDurationS;
    if (near && segment.parts.length === 0) yield `Segment ${segment.msn} lacks its parts`;
    if (!near && segment.parts.length > 0) {
      yield `The parts of segment ${segment.msn} are too old to be listed`;
    }
  }
}

function* preloadHint(
  { preloadHint: hint, partTargetS, segments, ended }: MediaPlaylist,
): Sentences {
  if (ended && hint !== null) yield "It has ended, but hints at a part to come";
  if (ended && segments.at(-1)?.uri === null) yield "It has ended with a segment half made";
  if (!ended && partTargetS !== null && hint === null) yield "It is live, but has no preload hint";
  if (segments.some(({ uri, parts }) => uri === hint || parts.some((part) => part.uri === hint))) {
    yield "The preload hint names what is there already";
  }
}

function* initSegments({ segments }: MediaPlaylist): Sentences {
  const without = segments.find(({ map }) => map === null);
  if (without) yield `Segment ${without.msn} has no EXT-X-MAP before it`;
}

function* dates({ segments }: MediaPlaylist): Sentences {
  let known: { at: number; from: PlaylistSegment } | null = null;
  for (const segment of segments) {
    if (segment.discontinuity) known = null;
    const { dateTime, msn } = segment;
    if (known !== null && dateTime !== null) {
      const off = dateTime - known.at;
      if (Math.abs(off) > DATE_ROUNDING_MS) {
        yield `The date of segment ${msn} is off by ${off} ms from that of ${known.from.msn}`;
      }
    }
    if (known === null && dateTime !== null) known = { at: dateTime, from: segment };
    if (known !== null) known.at += segmentSeconds(segment) * 1000;
  }
  if (segments.length > 0 && segments.every(({ dateTime }) => dateTime === null)) {
    yield "It has no EXT-X-PROGRAM-DATE-TIME";
  }
}

function* uris({ segments }: MediaPlaylist): Sentences {
  const seen = new Set<string>();
  for (const { uri, parts } of segments) {
    for (const one of [...parts.map((part) => part.uri), ...(uri === null ? [] : [uri])]) {
      if (seen.has(one)) yield `${one} is listed twice`;
      seen.add(one);
    }
  }
}
