/** What a live playlist says of its end. */
export interface LiveEdge {
  /** Unix time in ms of the end of the last part (or segment). */
  readonly endsAt: number;
  /** How far behind the end a player stays, in ms. */
  readonly holdBackMs: number;
  /** True when the playlist has ended. */
  readonly ended: boolean;
}

/**
 * Reads the live edge of a media playlist by its EXT-X-PROGRAM-DATE-TIME (RFC 8216bis §4.4.4.6) and
 * the durations after it. Null when the playlist has no date or is no playlist.
 */
export function liveEdge(playlist: string): LiveEdge | null {
  if (!playlist.startsWith("#EXTM3U")) return null;
  let segmentStart: number | null = null;
  let segmentMs = 0;
  let partsMs = 0;
  for (const line of playlist.split(/\r?\n/)) {
    if (line.startsWith("#EXT-X-PROGRAM-DATE-TIME:")) {
      const at = Date.parse(line.slice("#EXT-X-PROGRAM-DATE-TIME:".length));
      if (Number.isFinite(at)) segmentStart = at;
    } else if (line.startsWith("#EXT-X-PART:")) {
      partsMs += seconds(/[:,]DURATION=([\d.]+)/.exec(line)) * 1000;
    } else if (line.startsWith("#EXTINF:")) {
      segmentMs = seconds(/^#EXTINF:([\d.]+)/.exec(line)) * 1000;
    } else if (line !== "" && !line.startsWith("#")) {
      if (segmentStart !== null) segmentStart += segmentMs;
      partsMs = 0;
    }
  }
  if (segmentStart === null) return null;
  return {
    endsAt: segmentStart + partsMs,
    holdBackMs: holdBack(playlist) * 1000,
    ended: playlist.includes("#EXT-X-ENDLIST"),
  };
}

function holdBack(playlist: string): number {
  const control = /^#EXT-X-SERVER-CONTROL:(.*)$/m.exec(playlist)?.[1] ?? "";
  const part = /(?:^|,)PART-HOLD-BACK=([\d.]+)/.exec(control);
  const whole = /(?:^|,)HOLD-BACK=([\d.]+)/.exec(control);
  if (part !== null || whole !== null) return seconds(part ?? whole);
  return 3 * seconds(/^#EXT-X-TARGETDURATION:(\d+)/m.exec(playlist));
}

function seconds(match: RegExpExecArray | null): number {
  return Number(match?.[1] ?? 0);
}

/**
 * How long (ms) after it was said a listener hears a word: how old the live edge is, and how far
 * behind it players stay. The way from the microphone to the mixer is not in it (about 0.2 s).
 *
 * @param now Unix time in ms by the clock that wrote the playlist.
 */
export function listenerDelayMs(edge: LiveEdge, now: number): number {
  return Math.max(0, now - edge.endsAt) + edge.holdBackMs;
}
