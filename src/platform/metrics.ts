import { Counter, Registry } from "prom-client";

/** The one table of counters: what each counts, and the labels it is told apart by. */
export const COUNTERS = {
  roomcast_repairs_total: {
    help: "Things found that should not have been, or missing, and mended by a sweep",
    labels: ["what"],
  },
  roomcast_placements_total: {
    help: "Rooms moved to another node while on air, by what moved (mixer, standby, janus) and why",
    labels: ["part", "why"],
  },
  roomcast_ffmpeg_restarts_total: {
    help: "FFmpeg processes made anew, by reason",
    labels: ["reason"],
  },
  roomcast_suspicions_total: {
    help: "Nodes found dead by those who use them, by the witness's trade",
    labels: ["witness"],
  },
  roomcast_edge_standins_total: {
    help: "Playlists and parts that an edge made itself because no mixer gave them in time",
    labels: ["kind"],
  },
  roomcast_edge_failovers_total: {
    help: "Answers that an edge took from a room's other mixer",
    labels: [],
  },
  roomcast_resumes_total: {
    help: "Seats taken up again by a page that had lost its socket, by what came of it",
    labels: ["outcome"],
  },
} as const satisfies Record<string, { help: string; labels: readonly string[] }>;
export type CounterName = keyof typeof COUNTERS;
export type CounterLabels<N extends CounterName> = Record<
  typeof COUNTERS[N]["labels"][number],
  string
>;

const registry = new Registry();
const counters = Object.fromEntries(
  Object.entries(COUNTERS).map(([name, { help, labels }]) => [
    name,
    new Counter({ name, help, labelNames: [...labels], registers: [registry] }),
  ]),
) as Record<CounterName, Counter<string>>;

/** Counts something that happened in this process. */
export function count<N extends CounterName>(name: N, labels: CounterLabels<N>, times = 1): void {
  counters[name].inc(labels, times);
}

/** All metrics of this process in Prometheus's text format, and its content type. */
export async function metricsText(): Promise<{ text: string; contentType: string }> {
  return { text: await registry.metrics(), contentType: registry.contentType };
}
