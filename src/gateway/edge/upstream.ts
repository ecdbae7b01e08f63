import { gzipSync } from "node:zlib";
import { AppError } from "../../contracts/errors.ts";
import { type HlsResource, SOURCE_FRAMES_HEADER } from "../../contracts/hls.ts";
import type { Cached } from "./coalescing_cache.ts";

/** An origin's answer, whole and in memory. */
export interface Piece extends Cached {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
  /** The body gzipped, for playlists. */
  readonly gzip: Uint8Array<ArrayBuffer> | null;
}

/** How long (ms) the origin may take: a blocking request waits three target durations at most. */
const FETCH_LIMIT_MS = 5000;
/** How long (ms) each kind of thing may be given to others. A blocking answer stays true, see its cache header. */
const TTL_MS = { media: 60_000, blocking: 4000, playlist: 100, none: 0 } as const;
/** Headers passed on from the origin. */
const PASSED = ["content-type", "cache-control", "retry-after", SOURCE_FRAMES_HEADER];

/**
 * Fetches from an origin.
 *
 * @param blocking The request names a media sequence number, so its answer is fixed once it comes.
 * @throws AppError `unavailable` when the origin cannot be reached.
 */
export async function fetchPiece(
  url: string,
  kind: HlsResource["kind"],
  blocking: boolean,
): Promise<Piece> {
  let response: Response;
  let body: Uint8Array<ArrayBuffer>;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(FETCH_LIMIT_MS) });
    body = new Uint8Array(await response.arrayBuffer());
  } catch (cause) {
    throw new AppError("unavailable", "The room's mixer cannot be reached", {
      cause,
      retryAfterS: 1,
    });
  }
  const isPlaylist = kind === "multivariant" || kind === "live" || kind === "classicPlaylist";
  const headers: Record<string, string> = {};
  for (const name of PASSED) {
    const value = response.headers.get(name);
    if (value !== null) headers[name] = value;
  }
  const gzip = isPlaylist && response.ok ? new Uint8Array(gzipSync(body)) : null;
  return {
    status: response.status,
    headers,
    body,
    gzip,
    size: body.length + (gzip?.length ?? 0),
    ttlMs:
      TTL_MS[!response.ok ? "none" : !isPlaylist ? "media" : blocking ? "blocking" : "playlist"],
  };
}
