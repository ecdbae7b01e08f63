import { AppError } from "./errors.ts";
import { LiveId, RoomId } from "./ids.ts";

/** What a listener can ask for under `/hls/{room}/`. `msn` is a media sequence number. */
export type HlsResource =
  | { readonly kind: "multivariant" }
  | { readonly kind: "live" }
  | { readonly kind: "init"; readonly liveId: LiveId }
  | { readonly kind: "part"; readonly liveId: LiveId; readonly msn: number; readonly part: number }
  | { readonly kind: "segment"; readonly liveId: LiveId; readonly msn: number }
  | { readonly kind: "classicPlaylist" }
  | { readonly kind: "classicSegment"; readonly file: string };

/** File names, relative to `/hls/{room}/`. Those of media carry the live id: no cache serves yesterday's part. */
export const MULTIVARIANT_URI = "index.m3u8";
export const LIVE_URI = "live.m3u8";
export const CLASSIC_URI = "ts/index.m3u8";

export function initUri(liveId: LiveId): string {
  return `${liveId}/init.mp4`;
}

export function partUri(liveId: LiveId, msn: number, part: number): string {
  return `${liveId}/${msn}.${part}.m4s`;
}

export function segmentUri(liveId: LiveId, msn: number): string {
  return `${liveId}/${msn}.m4s`;
}

export const PLAYLIST_TYPE = "application/vnd.apple.mpegurl";
export const MP4_TYPE = "audio/mp4";
export const TS_TYPE = "video/mp2t";

/** Media never changes under its URI. */
export const MEDIA_CACHE = "public, max-age=3600, immutable";
/** A playlist as it is now. */
export const PLAYLIST_CACHE = "no-cache";
/** The answer to a blocking request stays true: it holds at least what was asked for (RFC 8216bis §6.2.5.2). */
export const BLOCKING_CACHE = "public, max-age=4";

/** How many of a part's frames came from the room; the rest are filler. On every part's response. */
export const SOURCE_FRAMES_HEADER = "roomcast-source-frames";

const MEDIA_FILE = /^(\d{1,15})(?:\.(\d{1,2}))?\.m4s$/;
const CLASSIC_FILE = /^[a-z0-9]{8,32}-\d{1,15}\.ts$/;

export interface HlsPath {
  readonly roomId: RoomId;
  readonly resource: HlsResource;
  /** The segment in which a signed link has its proof; null: there is none. */
  readonly ticket: string | null;
  /** The path without it: all who have a link of their own ask for the same. */
  readonly bare: string;
}

/** The room and resource that a path names, or null. */
export function parseHlsPath(path: string): HlsPath | null {
  const [empty, hls, roomId = "", ...rest] = path.split("/");
  if (empty !== "" || hls !== "hls" || !RoomId.safeParse(roomId).success) return null;
  const ticket = rest[0]?.startsWith("~") ? rest[0] : null;
  const [first = "", second, ...more] = ticket === null ? rest : rest.slice(1);
  if (more.length > 0) return null;
  const resource = parseResource(first, second);
  const bare = ["", "hls", roomId, first, ...(second === undefined ? [] : [second])].join("/");
  return resource && { roomId, resource, ticket, bare };
}

function parseResource(first: string, second: string | undefined): HlsResource | null {
  if (second === undefined) {
    if (first === MULTIVARIANT_URI) return { kind: "multivariant" };
    return first === LIVE_URI ? { kind: "live" } : null;
  }
  if (first === "ts") {
    if (second === "index.m3u8") return { kind: "classicPlaylist" };
    return CLASSIC_FILE.test(second) ? { kind: "classicSegment", file: second } : null;
  }
  if (!LiveId.safeParse(first).success) return null;
  if (second === "init.mp4") return { kind: "init", liveId: first };
  const [, msn, part] = MEDIA_FILE.exec(second) ?? [];
  if (msn === undefined) return null;
  return part === undefined
    ? { kind: "segment", liveId: first, msn: Number(msn) }
    : { kind: "part", liveId: first, msn: Number(msn), part: Number(part) };
}

/** Delivery directives of a playlist request (RFC 8216bis §6.2.5). */
export interface DeliveryDirectives {
  readonly msn: number | null;
  readonly part: number | null;
  /** A delta update is welcome. */
  readonly skip: boolean;
}

/**
 * The directives in a query; other parameters are ignored.
 *
 * @throws AppError `invalid_params` for numbers that are none, and for a part without a media sequence number.
 */
export function parseDirectives(query: URLSearchParams): DeliveryDirectives {
  const msn = decimal(query, "_HLS_msn");
  const part = decimal(query, "_HLS_part");
  if (part !== null && msn === null) {
    throw new AppError("invalid_params", "_HLS_part needs _HLS_msn");
  }
  const skip = query.get("_HLS_skip");
  if (skip !== null && skip !== "YES" && skip !== "v2") {
    throw new AppError("invalid_params", "_HLS_skip is YES or v2");
  }
  return { msn, part, skip: skip !== null };
}

function decimal(query: URLSearchParams, name: string): number | null {
  const text = query.get(name);
  if (text === null) return null;
  if (!/^\d{1,15}$/.test(text)) {
    throw new AppError("invalid_params", `${name} is a decimal number`);
  }
  return Number(text);
}
