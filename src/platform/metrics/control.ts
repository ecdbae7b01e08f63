import type { MetricRow } from "./row.ts";

/** Of rooms, nodes, and which room is where. */
export const CONTROL_METRICS = {
  roomcast_rooms: {
    type: "gauge",
    help: "Rooms by state. Every Room Manager counts them all: take the largest, not the sum",
    labels: { state: "idle, starting, on_air, degraded or stopping" },
    roles: ["rooms"],
  },
  roomcast_nodes: {
    type: "gauge",
    help: "Media nodes alive in etcd. Every Room Manager counts them all: take the largest",
    labels: { kind: "janus or mixer", state: "ready, full, draining or unhealthy" },
    roles: ["rooms"],
  },
  roomcast_starts_total: {
    type: "counter",
    help: "Broadcasts started, by what came of it",
    labels: {
      outcome: "on_air; stopped before that; or late: not on air within a minute",
    },
    roles: ["rooms"],
  },
  roomcast_start_seconds: {
    type: "histogram",
    help: "From a broadcast's start to on air, for those that came on air",
    labels: {},
    roles: ["rooms"],
    buckets: [0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 30, 60],
  },
  roomcast_placements_total: {
    type: "counter",
    help: "Rooms moved to another node while on air",
    labels: { part: "what moved: mixer, standby or janus", why: "the reason" },
    roles: ["rooms"],
  },
  roomcast_suspicions_total: {
    type: "counter",
    help: "Nodes found dead by those who use them",
    labels: { witness: "the witness's trade: edge or janus" },
    roles: ["edge", "janus"],
  },
  roomcast_webhook_tries_total: {
    type: "counter",
    help: "Tries to deliver an event to a webhook",
    labels: { outcome: "what came of it: delivered, retried (it will be tried again) or failed" },
    roles: ["rooms"],
  },
} as const satisfies Record<string, MetricRow>;
