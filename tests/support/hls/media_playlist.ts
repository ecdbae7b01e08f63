/** A partial segment (EXT-X-PART). */
export interface PlaylistPart {
  readonly uri: string;
  readonly durationS: number;
  readonly independent: boolean;
}

/** A segment, or (without URI and duration) the parts after the last one: the segment being made. */
export interface PlaylistSegment {
  readonly msn: number;
  /** Null while it is being made. */
  readonly uri: string | null;
  /** Null while it is being made. */
  readonly durationS: number | null;
  readonly parts: readonly PlaylistPart[];
  /** Unix time in ms, where EXT-X-PROGRAM-DATE-TIME says it. */
  readonly dateTime: number | null;
  /** EXT-X-DISCONTINUITY stands before it. */
  readonly discontinuity: boolean;
  readonly gap: boolean;
  /** URI of the init segment that applies to it. */
  readonly map: string | null;
}

/** EXT-X-SERVER-CONTROL. Times in seconds; null: the attribute is absent. */
export interface ServerControl {
  readonly canBlockReload: boolean;
  readonly canSkipUntilS: number | null;
  readonly holdBackS: number | null;
  readonly partHoldBackS: number | null;
}

/** A media playlist as read, with nothing checked but its grammar. */
export interface MediaPlaylist {
  readonly version: number;
  readonly targetDurationS: number | null;
  readonly mediaSequence: number;
  readonly discontinuitySequence: number;
  readonly serverControl: ServerControl | null;
  /** EXT-X-PART-INF. */
  readonly partTargetS: number | null;
  /** EXT-X-SKIP: how many segments before the first listed were left out; 0: it is no delta update. */
  readonly skipped: number;
  /** Oldest first; the last one may be in the making. */
  readonly segments: readonly PlaylistSegment[];
  /** URI of the part hinted at. */
  readonly preloadHint: string | null;
  readonly ended: boolean;
}

/** How long (s) a segment lasts, as far as it is there. */
export function segmentSeconds({ durationS, parts }: PlaylistSegment): number {
  return durationS ?? parts.reduce((sum, part) => sum + part.durationS, 0);
}

/** How long (s) all that is listed lasts. */
export function playlistSeconds({ segments }: Pick<MediaPlaylist, "segments">): number {
  return segments.reduce((sum, segment) => sum + segmentSeconds(segment), 0);
}

/** Where the next part will stand. */
export interface Edge {
  readonly msn: number;
  readonly part: number;
}

/** The place of the part after the last one listed. */
export function edgeOf({ mediaSequence, skipped, segments }: MediaPlaylist): Edge {
  const last = segments.at(-1);
  if (last === undefined) return { msn: mediaSequence + skipped, part: 0 };
  return last.uri === null
    ? { msn: last.msn, part: last.parts.length }
    : { msn: last.msn + 1, part: 0 };
}

/** Whether `a` lies before `b`. */
export function isBefore(a: Edge, b: Edge): boolean {
  return a.msn < b.msn || (a.msn === b.msn && a.part < b.part);
}
