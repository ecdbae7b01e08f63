/** The names of all metrics that roles export. */
export const METRIC_NAMES: ReadonlySet<string> = new Set([
  "roomcast_sockets",
  "roomcast_edge_listeners",
  "roomcast_node_rooms",
]);
