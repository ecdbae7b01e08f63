import type { HlsResource } from "../contracts/hls.ts";

/** What each kind of HLS request counts as, where requests are measured. */
const NAMES = {
  multivariant: "hls_multivariant",
  live: "hls_playlist",
  init: "hls_init",
  part: "hls_part",
  segment: "hls_segment",
  classicPlaylist: "hls_classic_playlist",
  classicSegment: "hls_classic_segment",
} as const satisfies Record<HlsResource["kind"], string>;

/** @param blocking Whether the playlist is asked for by what it must hold: such a request waits until it does. */
export function hlsRoute({ kind }: HlsResource, blocking = false): string {
  return blocking ? "hls_playlist_blocking" : NAMES[kind];
}
