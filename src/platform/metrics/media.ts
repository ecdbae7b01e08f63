import { MEDIA_ROLES, type MetricRow } from "./row.ts";

/** Of media nodes. */
export const MEDIA_METRICS = {
  roomcast_repairs_total: {
    type: "counter",
    help: "Things found that should not have been, or missing, and mended",
    labels: { what: "what was mended" },
    roles: MEDIA_ROLES,
  },
  roomcast_streams: {
    type: "gauge",
    help: "Broadcasts on this mixer, standbys too",
    labels: { status: "listening (no sound yet), on_air or degraded (the sound stopped)" },
    roles: ["mixer"],
  },
  roomcast_part_lateness_seconds: {
    type: "histogram",
    help: "How long after the end of its media time a part was there, at the mixer. " +
      "some 0.02 s is normal; players hold back 0.64 s",
    labels: {},
    roles: ["mixer"],
    buckets: [0.01, 0.02, 0.03, 0.04, 0.06, 0.08, 0.1, 0.15, 0.2, 0.25, 0.35, 0.5, 1, 2],
  },
  roomcast_frames_placed_total: {
    type: "counter",
    help: "AAC frames (21.33 ms) of rooms that went into parts",
    labels: {},
    roles: ["mixer"],
    collected: true,
  },
  roomcast_frames_silent_total: {
    type: "counter",
    help: "Frames of silence that stood in for frames that did not come: sound lost on its way, " +
      "whether in RTP, in FFmpeg or in Janus",
    labels: { when: "starting: before the room's first sound; live: after it" },
    roles: ["mixer"],
    collected: true,
  },
  roomcast_frames_dropped_total: {
    type: "counter",
    help: "Frames that came and had no slot: too early, or one too many",
    labels: {},
    roles: ["mixer"],
    collected: true,
  },
  roomcast_rtp_drops_total: {
    type: "counter",
    help: "RTP packets that Linux dropped because FFmpeg did not read them in time. What is lost " +
      "on the network FFmpeg does not tell: it shows as live frames of silence",
    labels: {},
    roles: ["mixer"],
    collected: true,
  },
  roomcast_rtp_ports: {
    type: "gauge",
    help: "RTP port pairs of this mixer",
    labels: {
      state: "pool: all there are; leased: in use or kept for a room; quiet: of those, kept back " +
        "because the Janus that sent there is away",
    },
    roles: ["mixer"],
  },
  roomcast_ffmpeg_processes: {
    type: "gauge",
    help: "FFmpeg processes that run",
    labels: {},
    roles: ["mixer"],
  },
  roomcast_ffmpeg_restarts_total: {
    type: "counter",
    help: "FFmpeg processes made anew",
    labels: {
      reason: "ended, stuck, no frames, or renewed (its forwarder is a new one)",
    },
    roles: ["mixer"],
  },
  roomcast_janus_rooms: {
    type: "gauge",
    help: "Rooms of ours on this node's Janus",
    labels: {},
    roles: ["janus"],
  },
  roomcast_janus_request_seconds: {
    type: "histogram",
    help: "Time that a request to the AudioBridge took",
    labels: { request: "the request", outcome: "ok or failed" },
    roles: ["janus", "gateway"],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
  },
} as const satisfies Record<string, MetricRow>;
