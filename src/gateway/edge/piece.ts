import { gzipSync } from "node:zlib";
import {
  BLOCKING_CACHE,
  MEDIA_CACHE,
  MP4_TYPE,
  PLAYLIST_CACHE,
  PLAYLIST_TYPE,
  SOURCE_FRAMES_HEADER,
} from "../../contracts/hls.ts";
import { ENCODING } from "../../hls/encoding.ts";
import { multivariantPlaylist } from "../../hls/playlist.ts";
import type { Cached } from "./coalescing_cache.ts";

/** An answer, whole and in memory. */
export interface Piece extends Cached {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
  /** The body gzipped, for playlists. */
  readonly gzip: Uint8Array<ArrayBuffer> | null;
}

/** How long (ms) media is given to others; it never changes under its URI. */
const MEDIA_TTL_MS = 60_000;

/** Media, and how many of its frames came from the room (null: that is not said of it). */
export function mediaPiece(body: Uint8Array<ArrayBuffer>, sourceFrames: number | null): Piece {
  const headers = { "content-type": MP4_TYPE, "cache-control": MEDIA_CACHE };
  return {
    headers: sourceFrames === null
      ? headers
      : { ...headers, [SOURCE_FRAMES_HEADER]: String(sourceFrames) },
    body,
    gzip: null,
    size: body.length,
    ttlMs: MEDIA_TTL_MS,
  };
}

/** A playlist. `blocking`: it was asked for by what it must hold, so that the answer stays true. */
export function playlistPiece(text: string, blocking: boolean): Piece {
  const body = new TextEncoder().encode(text);
  const gzip = new Uint8Array(gzipSync(body));
  return {
    headers: {
      "content-type": PLAYLIST_TYPE,
      "cache-control": blocking ? BLOCKING_CACHE : PLAYLIST_CACHE,
    },
    body,
    gzip,
    size: body.length + gzip.length,
    ttlMs: 0,
  };
}

/** The multivariant playlist: the same for every broadcast. */
export function multivariantPiece(): Piece {
  return playlistPiece(multivariantPlaylist(ENCODING.bitrate), false);
}
