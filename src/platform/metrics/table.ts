import { ANSWER_METRICS } from "./answers.ts";
import { CONTROL_METRICS } from "./control.ts";
import { COORDINATION_METRICS } from "./coordination.ts";
import { GATEWAY_METRICS } from "./gateway.ts";
import { MEDIA_METRICS } from "./media.ts";
import { PROCESS_METRICS } from "./process.ts";
import type { MetricRow } from "./row.ts";

/** The one table of metrics. What counts, sets or reads one, docs, dashboards and alerts all go by it. */
export const METRICS = {
  ...PROCESS_METRICS,
  ...ANSWER_METRICS,
  ...COORDINATION_METRICS,
  ...CONTROL_METRICS,
  ...MEDIA_METRICS,
  ...GATEWAY_METRICS,
} as const satisfies Record<string, MetricRow>;
export type MetricName = keyof typeof METRICS;

/** The metrics of one type; of counters, those that are counted where it happens. */
export type CounterName = Exclude<NamesOf<"counter">, CollectedName>;
export type HistogramName = NamesOf<"histogram">;
/** What is read when somebody asks: gauges, and counters whose state is kept elsewhere. */
export type CollectableName = NamesOf<"gauge"> | CollectedName;
/** The labels of a metric, each with a value. */
export type LabelsOf<N extends MetricName> = Readonly<
  Record<keyof typeof METRICS[N]["labels"], string>
>;

type NamesOf<T extends MetricRow["type"]> = {
  [N in MetricName]: typeof METRICS[N]["type"] extends T ? N : never;
}[MetricName];
type CollectedName = {
  [N in MetricName]: typeof METRICS[N] extends { collected: true } ? N : never;
}[MetricName];
