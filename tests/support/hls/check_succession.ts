import {
  edgeOf,
  isBefore,
  type MediaPlaylist,
  playlistSeconds,
  type PlaylistSegment,
} from "./media_playlist.ts";

type Sentences = Generator<string, void, void>;
type Rule = (before: MediaPlaylist, after: MediaPlaylist) => Sentences;

/**
 * The rules of RFC 8216bis (§6.2.1, §6.2.2) that a playlist breaks by what it was before, as sentences. Both are
 * whole: a delta update is merged first.
 */
export function checkSuccession(before: MediaPlaylist, after: MediaPlaylist): string[] {
  return RULES.flatMap((rule) => [...rule(before, after)]);
}

const RULES: readonly Rule[] = [constants, sequences, discontinuities, segments, hint, end];

function* constants(before: MediaPlaylist, after: MediaPlaylist): Sentences {
  if (before.version !== after.version) yield "The version changed";
  if (before.targetDurationS !== after.targetDurationS) yield "The target duration changed";
  if (before.partTargetS !== after.partTargetS) yield "The part target changed";
  if (JSON.stringify(before.serverControl) !== JSON.stringify(after.serverControl)) {
    yield "EXT-X-SERVER-CONTROL changed";
  }
}

function* sequences(before: MediaPlaylist, after: MediaPlaylist): Sentences {
  if (after.mediaSequence < before.mediaSequence) {
    yield `The media sequence went back from ${before.mediaSequence} to ${after.mediaSequence}`;
  }
  if (isBefore(edgeOf(after), edgeOf(before))) {
    yield `The edge went back from ${name(before)} to ${name(after)}`;
  }
  const removed = after.mediaSequence > before.mediaSequence;
  if (removed && playlistSeconds(after) < 3 * (after.targetDurationS ?? 0)) {
    yield "Segments were removed although less than three target durations are left";
  }
  if (after.mediaSequence > edgeOf(before).msn) {
    yield `Segments ${edgeOf(before).msn} to ${after.mediaSequence - 1} were never listed`;
  }
}

function* discontinuities(before: MediaPlaylist, after: MediaPlaylist): Sentences {
  const removed =
    before.segments.filter(({ msn, discontinuity }) => discontinuity && msn < after.mediaSequence)
      .length;
  const expected = before.discontinuitySequence + removed;
  if (after.discontinuitySequence !== expected) {
    yield `The discontinuity sequence is ${after.discontinuitySequence}, not ${expected}`;
  }
}

function* segments(before: MediaPlaylist, after: MediaPlaylist): Sentences {
  const later = new Map(after.segments.map((segment) => [segment.msn, segment]));
  for (const old of before.segments) {
    const now = later.get(old.msn);
    if (now) yield* oneSegment(old, now);
  }
}

function* oneSegment(old: PlaylistSegment, now: PlaylistSegment): Sentences {
  const { msn } = old;
  if (old.uri !== null && old.uri !== now.uri) yield `The URI of segment ${msn} changed`;
  if (old.durationS !== null && old.durationS !== now.durationS) {
    yield `The duration of segment ${msn} changed`;
  }
  if (old.dateTime !== now.dateTime) yield `The date of segment ${msn} changed, came or went`;
  if (old.discontinuity !== now.discontinuity) yield `A discontinuity at ${msn} came or went`;
  if (old.map !== now.map) yield `The init segment of segment ${msn} changed`;
  // Parts that have grown old are left out, but then all of a segment's.
  if (now.parts.length === 0 && now.uri !== null) return;
  for (const [index, part] of old.parts.entries()) {
    if (JSON.stringify(part) !== JSON.stringify(now.parts[index])) {
      yield `Part ${msn}.${index} changed or went`;
    }
  }
}

/** What was hinted at is what came (RFC 8216bis §4.4.5.3). */
function* hint(before: MediaPlaylist, after: MediaPlaylist): Sentences {
  const edge = edgeOf(before);
  const came = after.segments.find(({ msn }) => msn === edge.msn)?.parts[edge.part];
  if (before.preloadHint === null || came === undefined) return;
  if (came.uri !== before.preloadHint) {
    yield `${before.preloadHint} was hinted at, but ${came.uri} came`;
  }
}

function* end(before: MediaPlaylist, after: MediaPlaylist): Sentences {
  if (before.ended && !after.ended) yield "It goes on after its end";
  if (before.ended && isBefore(edgeOf(before), edgeOf(after))) yield "It grew after its end";
}

function name(playlist: MediaPlaylist): string {
  const { msn, part } = edgeOf(playlist);
  return `${msn}.${part}`;
}
