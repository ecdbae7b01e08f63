import type { MediaPlaylist } from "./media_playlist.ts";
import { PlaylistSyntaxError } from "./playlist_syntax_error.ts";

/**
 * The whole playlist that a delta update stands for (RFC 8216bis §6.3.7).
 *
 * @throws PlaylistSyntaxError when it skips a segment that the one before did not have.
 */
export function mergeDelta(before: MediaPlaylist, after: MediaPlaylist): MediaPlaylist {
  if (after.skipped === 0) return after;
  const kept = before.segments.filter(({ msn, uri }) =>
    uri !== null && msn >= after.mediaSequence && msn < after.mediaSequence + after.skipped
  );
  if (kept.length !== after.skipped) {
    throw new PlaylistSyntaxError(
      `The delta update skips ${after.skipped} segments from ${after.mediaSequence} on, ` +
        `of which ${kept.length} are known`,
    );
  }
  // Those skipped are older than any whose parts are listed.
  const old = kept.map((segment) => ({ ...segment, parts: [] }));
  return { ...after, skipped: 0, segments: [...old, ...after.segments] };
}
