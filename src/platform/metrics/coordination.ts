import { MEDIA_ROLES, type MetricRow } from "./row.ts";

const WITH_ETCD = ["rooms", "gateway", "edge", "janus", "mixer"] as const;

/** Of etcd, and of nodes that keep alive in it. */
export const COORDINATION_METRICS = {
  roomcast_etcd_request_seconds: {
    type: "histogram",
    help: "Time that a request to etcd took, answered or not (watches and leases are not in it)",
    labels: { request: "get, list or commit", outcome: "ok or failed" },
    roles: WITH_ETCD,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 3],
  },
  roomcast_watch_lag_seconds: {
    type: "histogram",
    help: "How long after etcd took a write of this process its watch told of it: " +
      "how far behind what this process knows is. Only processes that write have it",
    labels: { prefix: "the keys watched" },
    roles: ["rooms", "janus", "mixer"],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30],
  },
  roomcast_watch_breaks_total: {
    type: "counter",
    help: "Watches or listings of etcd that failed; all is listed anew after one",
    labels: { prefix: "the keys watched" },
    roles: WITH_ETCD,
  },
  roomcast_reconcile_failures_total: {
    type: "counter",
    help: "Looks at a room that failed and are made again after a pause",
    labels: {},
    roles: ["rooms", "janus", "mixer"],
  },
  roomcast_lease_held: {
    type: "gauge",
    help: "1 while this node's lease in etcd is held, else 0: others take the node for dead",
    labels: { kind: "janus or mixer" },
    roles: MEDIA_ROLES,
  },
  roomcast_lease_margin_seconds: {
    type: "histogram",
    help: "How much of its 10 s a lease had left when etcd renewed it; some 6.7 s when all is well",
    labels: { kind: "janus or mixer" },
    roles: MEDIA_ROLES,
    buckets: [0.5, 1, 2, 3, 4, 5, 6, 6.5, 7, 8, 10],
  },
  roomcast_node_rooms: {
    type: "gauge",
    help: "Rooms on this node: the load that placement goes by",
    labels: { kind: "janus or mixer" },
    roles: MEDIA_ROLES,
  },
  roomcast_node_capacity_rooms: {
    type: "gauge",
    help: "The most rooms this node takes",
    labels: { kind: "janus or mixer" },
    roles: MEDIA_ROLES,
  },
  roomcast_node_draining: {
    type: "gauge",
    help: "1 while this node hands its rooms over, else 0",
    labels: { kind: "janus or mixer" },
    roles: MEDIA_ROLES,
  },
} as const satisfies Record<string, MetricRow>;
