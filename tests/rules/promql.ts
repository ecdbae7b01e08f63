import { parser } from "@prometheus-io/lezer-promql";
import type { SyntaxNode } from "@lezer/common";
import type { MetricRow } from "../../src/platform/metrics/row.ts";
import { METRICS } from "../../src/platform/metrics/table.ts";

/** What Prometheus itself knows, and the labels it adds to what it scrapes. */
const OWN_METRICS: Readonly<Record<string, readonly string[]>> = {
  up: [],
  ALERTS: ["alertname", "alertstate"],
};
const OWN_LABELS = ["job", "instance"];

/** Grafana fills these in before Prometheus sees the query. */
const GRAFANA = { $__rate_interval: "5m", $__range: "1h", $__interval: "1m" };

/**
 * What is wrong with a PromQL expression of ours: its syntax, or a metric or label that the table of metrics has not.
 * Nothing is left to a regular expression: the expression is parsed as Prometheus's own editor does.
 */
export function wrongWith(expression: string): string[] {
  const text = Object.entries(GRAFANA).reduce(
    (query, [variable, value]) => query.replaceAll(variable, value),
    expression,
  );
  const problems: string[] = [];
  const metrics: string[] = [];
  const grouped: string[] = [];
  parser.parse(text).iterate({
    enter: ({ type, from, node }) => {
      if (type.isError) problems.push(`no PromQL at ${from}: ${text.slice(from, from + 20)}`);
      if (type.name === "GroupingLabels") grouped.push(...namesUnder(node, "LabelName", text));
      if (type.name !== "VectorSelector") return;
      const [metric] = namesUnder(node, "Identifier", text);
      if (metric === undefined) return void problems.push("a selector without a metric's name");
      metrics.push(metric);
      const known = labelsOf(metric);
      if (known === null) return void problems.push(`there is no metric ${metric}`);
      for (const label of namesUnder(node, "LabelName", text)) {
        if (!known.includes(label)) problems.push(`${metric} has no label ${label}`);
      }
    },
  });
  if (metrics.length === 0) problems.push("it names no metric");
  const any = metrics.flatMap((metric) => labelsOf(metric) ?? []);
  for (const label of grouped) {
    if (!any.includes(label)) problems.push(`none of ${metrics.join(", ")} has a label ${label}`);
  }
  return problems;
}

/** The metrics of the table that an expression names. */
export function metricsIn(expression: string): string[] {
  const names: string[] = [];
  parser.parse(expression.replaceAll("$__rate_interval", "5m")).iterate({
    enter: ({ type, node }) => {
      if (type.name === "VectorSelector") names.push(...namesUnder(node, "Identifier", expression));
    },
  });
  return names.map((name) => rowName(name) ?? name);
}

function namesUnder(node: SyntaxNode, name: string, text: string): string[] {
  const found: string[] = [];
  const end = node.to;
  node.cursor().iterate((at) => {
    if (at.name === name && at.to <= end) found.push(text.slice(at.from, at.to));
  });
  return found;
}

/** The labels a series has, or null when there is none of that name. */
function labelsOf(series: string): readonly string[] | null {
  const own = OWN_METRICS[series];
  if (own !== undefined) return [...own, ...OWN_LABELS];
  const name = rowName(series);
  if (name === null) return null;
  const row: MetricRow = METRICS[name];
  const le = series.endsWith("_bucket") ? ["le"] : [];
  return [...Object.keys(row.labels), ...le, ...OWN_LABELS];
}

/** The row of the table that a series belongs to; a histogram has three series, and none of its own name. */
function rowName(series: string): keyof typeof METRICS | null {
  const part = /^(.+)_(?:bucket|sum|count)$/.exec(series)?.[1];
  if (part !== undefined && isMetric(part) && METRICS[part].type === "histogram") return part;
  return isMetric(series) && METRICS[series].type !== "histogram" ? series : null;
}

function isMetric(name: string): name is keyof typeof METRICS {
  return Object.hasOwn(METRICS, name);
}
