import type { Hono } from "hono";
import { AppError } from "../../contracts/errors.ts";
import {
  BLOCKING_CACHE,
  type HlsResource,
  MEDIA_CACHE,
  MP4_TYPE,
  parseDirectives,
  parseHlsPath,
  PLAYLIST_CACHE,
  PLAYLIST_TYPE,
  SOURCE_FRAMES_HEADER,
  TS_TYPE,
} from "../../contracts/hls.ts";
import type { RoomId } from "../../contracts/ids.ts";
import type { LiveStream } from "../../hls/live_stream.ts";
import { hlsRoute } from "../../hls/route_name.ts";
import { nameRoute } from "../../platform/http_metrics.ts";
import { multivariantPlaylist } from "../../hls/playlist.ts";

/** What FFmpeg's own HLS muxer has written; null: not there. */
export interface ClassicSource {
  playlist(): Promise<string | null>;
  segment(file: string): Promise<Uint8Array<ArrayBuffer> | null>;
}

/** A broadcast as the origin serves it. */
export interface ServedStream {
  readonly live: LiveStream;
  readonly classic: ClassicSource;
}

export interface OriginOptions {
  /** The room's broadcast, or one that ended a short while ago, by live id where one is given. */
  readonly find: (room: RoomId, liveId: string | null) => ServedStream | null;
  /** The same init segment for every room: all are encoded alike. */
  readonly initSegment: Uint8Array<ArrayBuffer>;
  /** Bits per second. */
  readonly bitrate: number;
}

/** Adds the HLS origin to a mixer's app: everything under `/hls/`, from memory but for the classic rendition. */
export function serveOrigin(app: Hono, options: OriginOptions): void {
  app.get("/hls/*", async (c) => {
    const url = new URL(c.req.url);
    const parsed = parseHlsPath(url.pathname);
    if (parsed === null) throw new AppError("not_found", `There is nothing at ${url.pathname}`);
    const { roomId, resource } = parsed;
    nameRoute(c.req.raw, hlsRoute(resource, url.searchParams.has("_HLS_msn")));
    const stream = options.find(roomId, "liveId" in resource ? resource.liveId : null);
    if (stream === null) {
      throw new AppError("room_not_live", `Room ${roomId} is not live on this mixer`);
    }
    return await respond(options, stream, resource, url.searchParams);
  });
}

async function respond(
  options: OriginOptions,
  stream: ServedStream,
  resource: HlsResource,
  query: URLSearchParams,
): Promise<Response> {
  switch (resource.kind) {
    case "multivariant":
      return playlist(multivariantPlaylist(options.bitrate), PLAYLIST_CACHE);
    case "live": {
      const directives = parseDirectives(query);
      const text = await stream.live.playlist(directives);
      return playlist(text, directives.msn === null ? PLAYLIST_CACHE : BLOCKING_CACHE);
    }
    case "init":
      return media(options.initSegment, MP4_TYPE);
    case "part": {
      const part = await stream.live.part(resource.msn, resource.part);
      const sourceFrames = String(part?.sourceFrames ?? 0);
      return media(part?.bytes ?? null, MP4_TYPE, { [SOURCE_FRAMES_HEADER]: sourceFrames });
    }
    case "segment":
      return media(stream.live.segment(resource.msn), MP4_TYPE);
    case "classicPlaylist": {
      const text = await stream.classic.playlist();
      if (text === null) {
        throw new AppError("unavailable", "The classic rendition has no segment yet", {
          retryAfterS: 2,
        });
      }
      return playlist(text, PLAYLIST_CACHE);
    }
    case "classicSegment":
      return media(await stream.classic.segment(resource.file), TS_TYPE);
  }
}

function playlist(text: string, cache: string): Response {
  return new Response(text, {
    headers: { "content-type": PLAYLIST_TYPE, "cache-control": cache },
  });
}

function media(
  bytes: Uint8Array<ArrayBuffer> | null,
  type: string,
  headers: Record<string, string> = {},
): Response {
  if (bytes === null) {
    throw new AppError("not_found", "This piece of the broadcast is gone, or not there yet");
  }
  return new Response(bytes, {
    headers: { "content-type": type, "cache-control": MEDIA_CACHE, ...headers },
  });
}
