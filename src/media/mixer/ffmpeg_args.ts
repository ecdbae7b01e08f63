import { ENCODER_ARGS } from "./encoding.ts";

/** Where the classic rendition goes. */
export interface ClassicOutput {
  /** The folder, which exists. */
  readonly dir: string;
  /** Segment files are `{prefix}-{number}.ts`. */
  readonly prefix: string;
  /** The first segment's number. */
  readonly startNumber: number;
}

/** How long (s) a classic segment lasts. */
export const CLASSIC_SEGMENT_S = 2;
const CLASSIC_LIST_SIZE = 6;

/**
 * FFmpeg's arguments: Opus over RTP by the SDP on standard input; one AAC encode; ADTS frames to a named pipe,
 * one at a time; and the same frames as classic HLS, whose failure (a full disk) must not touch the rest.
 */
export function ffmpegArgs(host: string, pipe: string, classic: ClassicOutput): string[] {
  const hls = [
    "f=hls",
    `hls_time=${CLASSIC_SEGMENT_S}`,
    `hls_list_size=${CLASSIC_LIST_SIZE}`,
    `start_number=${classic.startNumber}`,
    "hls_flags=append_list+omit_endlist+delete_segments+temp_file",
    `hls_segment_filename=${teePath(`${classic.dir}/${classic.prefix}-%d.ts`)}`,
    "onfail=ignore",
  ].join(":");
  return [
    // One filter thread: the default is one for each core, in each room.
    ...["-hide_banner", "-loglevel", "warning", "-nostats", "-filter_threads", "1"],
    ...["-protocol_whitelist", "file,udp,rtp,pipe", "-localaddr", host],
    // Queue 0: a forwarder that was gone comes back at once.
    ...["-reorder_queue_size", "0", "-max_delay", "50000", "-fflags", "+nobuffer"],
    ...["-f", "sdp", "-i", "pipe:0", "-map", "0:a:0", ...ENCODER_ARGS],
    ...["-f", "tee"],
    `[f=adts:flush_packets=1]${teePath(pipe)}|[${hls}]${teePath(`${classic.dir}/index.m3u8`)}`,
  ];
}

/** A path as FFmpeg's tee muxer reads it: what would be syntax is escaped. */
export function teePath(path: string): string {
  return path.replace(/[\\'|:\[\]]/g, (char) => `\\${char}`);
}
