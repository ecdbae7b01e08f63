import { ending, type Running } from "../../platform/lifecycle.ts";
import { collect, collectValue, countFromZero } from "../../platform/metrics.ts";
import type { LiveStream } from "../../hls/live_stream.ts";
import type { StreamHere } from "./plan.ts";
import { RecentProc } from "./proc.ts";
import { RtpDrops } from "./rtp_drops.ts";

export interface MeasuredMixer {
  readonly streams: () => Iterable<
    { readonly here: StreamHere; readonly ffmpegPid: number | null }
  >;
  /** How many port pairs the pool has. */
  readonly poolSize: number;
  /** The ports in use or kept for a room. */
  readonly leased: () => number;
  /** Of those, the ports kept back because their Janus is away. */
  readonly quiet: () => number;
}

/** Gives what a mixer has now: its streams, FFmpeg processes and ports. */
export function mixerMetrics({ streams, poolSize, leased, quiet }: MeasuredMixer): Running {
  const reasons = ["ended", "stuck", "no frames", "renewed"];
  countFromZero("roomcast_ffmpeg_restarts_total", reasons.map((reason) => ({ reason })));
  const sockets = new RecentProc("/proc/net/udp");
  const drops = new RtpDrops(() => sockets.text());
  const statuses = ["listening", "on_air", "degraded"] as const;
  const ends = [
    collect("roomcast_streams", () => {
      const all = [...streams()].map(({ here }) => statusOf(here));
      return statuses.map((status) => ({
        labels: { status },
        value: all.filter((one) => one === status).length,
      }));
    }),
    collectValue(
      "roomcast_ffmpeg_processes",
      () => [...streams()].filter(({ ffmpegPid }) => ffmpegPid !== null).length,
    ),
    collect("roomcast_rtp_ports", () => [
      { labels: { state: "pool" }, value: poolSize },
      { labels: { state: "leased" }, value: leased() },
      { labels: { state: "quiet" }, value: quiet() },
    ]),
    collectValue(
      "roomcast_rtp_drops_total",
      () => drops.count([...streams()].map(({ here }) => here.port)),
    ),
  ];
  return ending(ends);
}

/** Gives what became of the frames of one stream; when it is over, its figures stay in the sums. */
export function streamMetrics(live: Pick<LiveStream, "counts" | "silence">): Running {
  return ending([
    collectValue("roomcast_frames_placed_total", () => live.counts.placed),
    collectValue("roomcast_frames_dropped_total", () => live.counts.dropped),
    collect("roomcast_frames_silent_total", () => [
      { labels: { when: "starting" }, value: live.silence.starting },
      { labels: { when: "live" }, value: live.silence.live },
    ]),
  ]);
}

function statusOf({ sounded, flowing }: StreamHere): "listening" | "on_air" | "degraded" {
  if (!sounded) return "listening";
  return flowing ? "on_air" : "degraded";
}
