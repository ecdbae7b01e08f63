import { parseHlsPath } from "../../contracts/hls.ts";
import { partNumber } from "../../hls/part_place.ts";
import type { PlaylistLive } from "../../hls/playlist.ts";

/** How far an origin has got with a broadcast. Parts go by their number (see {@link partNumber}). */
export interface Position {
  /** The part that comes next; when it is over, how many there are. */
  readonly next: number;
  readonly ended: boolean;
}

/** Reads from an origin's media playlist how far it has got; null: it is not one of this broadcast. */
export function readPosition(live: PlaylistLive, playlist: string): Position | null {
  const lines = playlist.split("\n");
  const hint = lines.findLast((line) => line.startsWith("#EXT-X-PRELOAD-HINT:"));
  if (hint !== undefined) {
    const next = numberOf(live, quotedUri(hint), 0);
    return next === null ? null : { next, ended: false };
  }
  if (!lines.includes("#EXT-X-ENDLIST")) return null;
  const part = lines.findLast((line) => line.startsWith("#EXT-X-PART:"));
  const last = part === undefined ? null : numberOf(live, quotedUri(part), 1);
  return last === null ? null : { next: last, ended: true };
}

function quotedUri(line: string): string {
  return /URI="([^"]*)"/.exec(line)?.[1] ?? "";
}

function numberOf(live: PlaylistLive, uri: string, after: number): number | null {
  const resource = parseHlsPath(`/hls/any/${uri}`)?.resource;
  if (resource?.kind !== "part" || resource.liveId !== live.liveId) return null;
  return partNumber(live, resource) + after;
}
