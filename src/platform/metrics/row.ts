/** What one metric is: its name carries its unit (`_seconds`, `_bytes`), and `_total` when it only grows. */
export interface MetricRow {
  readonly type: "counter" | "gauge" | "histogram";
  /** In a sentence, for whoever reads `/metrics` and docs/metrics.md. */
  readonly help: string;
  /** What it is told apart by. Each has few values: never a room, a person or an address. */
  readonly labels: Readonly<Record<string, string>>;
  /** The roles that have it. */
  readonly roles: readonly string[];
  /** Upper bounds of a histogram's buckets. */
  readonly buckets?: readonly number[];
  /** A counter whose state is kept elsewhere, and read when somebody asks. */
  readonly collected?: true;
}

/** Every role. */
export const EVERY_ROLE = ["rooms", "users", "gateway", "edge", "janus", "mixer"] as const;
/** The roles of media nodes. */
export const MEDIA_ROLES = ["janus", "mixer"] as const;

/** Buckets (s) of how long an answer takes. */
export const ANSWER_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;
