import type { MetricRow } from "./row.ts";

/** Of gateways and edges. */
export const GATEWAY_METRICS = {
  roomcast_sockets: {
    type: "gauge",
    help: "WebSockets open",
    labels: {},
    roles: ["gateway"],
  },
  roomcast_socket_closes_total: {
    type: "counter",
    help: "WebSockets that ended",
    labels: {
      reason: "goodbye (the page left), lost (the connection broke), or why the gateway closed it",
    },
    roles: ["gateway"],
  },
  roomcast_seats: {
    type: "gauge",
    help: "Seats of people who speak",
    labels: { state: "taken, or waiting for a page that lost its socket" },
    roles: ["gateway"],
  },
  roomcast_resumes_total: {
    type: "counter",
    help: "Seats taken up again by a page that had lost its socket",
    labels: { outcome: "same_gateway, claimed, rejoined, refused or failed" },
    roles: ["gateway"],
  },
  roomcast_encoders_total: {
    type: "counter",
    help: "Encoders (WHIP)",
    labels: {
      event:
        "came, taken_over (their gateway was gone), never_connected or vanished (and were put out)",
    },
    roles: ["gateway"],
  },
  roomcast_edge_listeners: {
    type: "gauge",
    help:
      "Players, reckoned over the last 10 s from how often each asks: one blocking reload a part " +
      "(low_latency), one reload a segment (plain). Behind a CDN that merges requests it is too low",
    labels: { player: "low_latency, plain or classic (.ts)" },
    roles: ["edge"],
  },
  roomcast_edge_listened_seconds_total: {
    type: "counter",
    help:
      "Listening time, reckoned alike: each reload stands for the time until the player's next; " +
      "its rate is the number of players",
    labels: { player: "low_latency, plain or classic (.ts)" },
    roles: ["edge"],
    collected: true,
  },
  roomcast_edge_broadcasts: {
    type: "gauge",
    help: "Broadcasts that this edge serves",
    labels: {},
    roles: ["edge"],
  },
  roomcast_edge_lookups_total: {
    type: "counter",
    help: "Pieces of media wanted: from memory (or somebody else's fetch), or fetched from a mixer",
    labels: { result: "hit or fetch" },
    roles: ["edge"],
    collected: true,
  },
  roomcast_edge_cache_bytes: {
    type: "gauge",
    help: "Memory that pieces of media take",
    labels: {},
    roles: ["edge"],
  },
  roomcast_edge_part_lateness_seconds: {
    type: "histogram",
    help:
      "How much later than due a new part came from a mixer, by what the edge has learnt of the " +
      "room's clock",
    labels: {},
    roles: ["edge"],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1],
  },
  roomcast_edge_standins_total: {
    type: "counter",
    help: "Playlists and parts that an edge made itself because no mixer gave them in time",
    labels: { kind: "part (of silence), playlist or init" },
    roles: ["edge"],
  },
  roomcast_edge_failovers_total: {
    type: "counter",
    help: "Answers that an edge took from a room's other mixer",
    labels: {},
    roles: ["edge"],
  },
} as const satisfies Record<string, MetricRow>;
