import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { MetricRow } from "./metrics/row.ts";
import { type Samples, Sources } from "./metrics/sources.ts";
import {
  type CollectableName,
  type CounterName,
  type HistogramName,
  type LabelsOf,
  type MetricName,
  METRICS,
} from "./metrics/table.ts";

/** A value of a metric, and the labels it has. */
export interface Sample<N extends MetricName> {
  readonly labels: LabelsOf<N>;
  readonly value: number;
}

const registry = new Registry();
const counters = new Map<string, Counter<string>>();
const histograms = new Map<string, Histogram<string>>();
/** What is read when somebody asks, by metric. */
const sources = new Map<string, Sources>();
for (const [name, row] of Object.entries<MetricRow>(METRICS)) register(name, row);

/** Counts something that happened in this process. */
export function count<N extends CounterName>(name: N, labels: LabelsOf<N>, times = 1): void {
  counters.get(name)?.inc(labels, times);
}

/** Says that nothing of the kind has happened yet: Prometheus sees only the growth of what was there before it grew. */
export function countFromZero<N extends CounterName>(name: N, all: readonly LabelsOf<N>[]): void {
  for (const labels of all) counters.get(name)?.inc(labels, 0);
}

/** Takes a measurement, in the unit that the name says. */
export function observe<N extends HistogramName>(
  name: N,
  labels: LabelsOf<N>,
  value: number,
): void {
  histograms.get(name)?.observe(labels, value);
}

/**
 * Reads a gauge, or a counter that is kept elsewhere, whenever somebody asks for the metrics: what happens often costs
 * nothing more. Several may give one metric: values with the same labels are added up.
 *
 * @returns How to end it. A gauge forgets what it was given; a counter keeps its last values, for it only grows.
 */
export function collect<N extends CollectableName>(
  name: N,
  read: () => Samples<Sample<N>>,
): () => void {
  return sources.get(name)?.add(read) ?? (() => {});
}

/** As {@link collect}, for a metric without labels. */
export function collectValue<N extends CollectableName>(
  name: N & (keyof LabelsOf<N> extends never ? N : never),
  read: () => number,
): () => void {
  return sources.get(name)?.add(() => [{ labels: {}, value: read() }]) ?? (() => {});
}

/** Leaves out what none of the roles has, for as long as this process runs: nobody is to see zeros that mean nothing. */
export function keepMetricsOf(roles: readonly string[]): void {
  for (const [name, row] of Object.entries<MetricRow>(METRICS)) {
    if (!row.roles.some((role) => roles.includes(role))) registry.removeSingleMetric(name);
  }
}

/** All metrics of this process in Prometheus's text format, and its content type. */
export async function metricsText(): Promise<{ text: string; contentType: string }> {
  return { text: await registry.metrics(), contentType: registry.contentType };
}

function register(name: string, row: MetricRow): void {
  const options = {
    name,
    help: row.help,
    labelNames: Object.keys(row.labels),
    registers: [registry],
  };
  if (row.type === "histogram") {
    histograms.set(name, new Histogram({ ...options, buckets: [...row.buckets ?? []] }));
    return;
  }
  if (row.type === "counter" && row.collected === undefined) {
    counters.set(name, new Counter(options));
    return;
  }
  const given = new Sources(row.type === "counter");
  sources.set(name, given);
  const Metric = row.type === "counter" ? Counter : Gauge;
  new Metric({
    ...options,
    async collect() {
      await given.sum(this);
    },
  });
}
