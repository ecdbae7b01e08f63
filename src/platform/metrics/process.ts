import { EVERY_ROLE, type MetricRow } from "./row.ts";

/** Of every process, whatever it does. */
export const PROCESS_METRICS = {
  roomcast_build_info: {
    type: "gauge",
    help: "Always 1; the labels say what runs",
    labels: { version: "Roomcast's version", deno: "Deno's version" },
    roles: EVERY_ROLE,
  },
  roomcast_role_info: {
    type: "gauge",
    help: "Always 1; one for each role that this process plays",
    labels: { role: "the role", node: "the node's name (`ROOMCAST_NODE_ID`)" },
    roles: EVERY_ROLE,
  },
  roomcast_check_passing: {
    type: "gauge",
    help:
      "1 when a check of `/readyz` passes, 0 when it fails: whether etcd, Redis or Janus answers",
    labels: {
      role: "the role",
      check: "the check",
      required: "yes: the role is not ready without",
    },
    roles: EVERY_ROLE,
  },
  process_start_time_seconds: {
    type: "gauge",
    help: "When the process started, Unix time",
    labels: {},
    roles: EVERY_ROLE,
  },
  process_cpu_seconds_total: {
    type: "counter",
    help: "CPU time of the process, all threads; FFmpeg processes are not in it",
    labels: {},
    roles: EVERY_ROLE,
    collected: true,
  },
  process_resident_memory_bytes: {
    type: "gauge",
    help: "Memory of the process that is in RAM",
    labels: {},
    roles: EVERY_ROLE,
  },
  roomcast_event_loop_lag_seconds: {
    type: "histogram",
    help: "How much later than it should a timer of the main thread rings, looked at once a second",
    labels: {},
    roles: EVERY_ROLE,
    buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
  },
  roomcast_log_lines_total: {
    type: "counter",
    help: "Lines logged",
    labels: { level: "debug, info, warn or error" },
    roles: EVERY_ROLE,
  },
} as const satisfies Record<string, MetricRow>;
