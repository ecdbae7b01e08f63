import { METRICS } from "../../src/platform/metrics/table.ts";

/** The names of all metrics that roles export. */
export const METRIC_NAMES: ReadonlySet<string> = new Set(Object.keys(METRICS));
