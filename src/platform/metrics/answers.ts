import { ANSWER_S, EVERY_ROLE, type MetricRow } from "./row.ts";

/** Of what is asked over HTTP and JSON-RPC. */
export const ANSWER_METRICS = {
  roomcast_http_requests_total: {
    type: "counter",
    help: "HTTP requests answered",
    labels: { role: "the role", route: "the route's pattern; HLS by kind", status: "HTTP status" },
    roles: EVERY_ROLE,
  },
  roomcast_http_request_seconds: {
    type: "histogram",
    help: "Time to an HTTP answer. Blocking playlists and hinted parts are held until they are due",
    labels: { role: "the role", route: "the route's pattern; HLS by kind" },
    roles: EVERY_ROLE,
    buckets: ANSWER_S,
  },
  roomcast_rpc_calls_total: {
    type: "counter",
    help: "JSON-RPC calls answered",
    labels: {
      role: "the role",
      method: "the method; `unknown` for one that there is not",
      code: "`ok`, or the code of the error",
    },
    roles: ["rooms", "gateway"],
  },
  roomcast_rpc_call_seconds: {
    type: "histogram",
    help: "Time that a JSON-RPC call took",
    labels: { role: "the role", method: "the method; `unknown` for one that there is not" },
    roles: ["rooms", "gateway"],
    buckets: ANSWER_S,
  },
} as const satisfies Record<string, MetricRow>;
