/** A value at a time; null: nothing is known of it. */
export interface ChartPoint {
  /** Unix time in ms. */
  readonly at: number;
  readonly value: number | null;
}

export interface ChartFrame {
  /** The time at the right edge, Unix ms. */
  readonly until: number;
  /** How much time (ms) is shown. */
  readonly spanMs: number;
  /** The value at the top. */
  readonly max: number;
  readonly width: number;
  readonly height: number;
  /** Points farther apart than this (ms) are not joined. */
  readonly gapMs: number;
}

/** The lines of a series as an SVG path, and the area under them; both empty when there is nothing to draw. */
export function chartPaths(
  points: readonly ChartPoint[],
  frame: ChartFrame,
): { line: string; area: string } {
  const { until, spanMs, max, width, height, gapMs } = frame;
  const runs: { x: number; y: number; at: number }[][] = [];
  for (const { at, value } of points) {
    if (value === null || at < until - spanMs || at > until) continue;
    const x = round((1 - (until - at) / spanMs) * width);
    const y = round(height - Math.min(1, value / max) * height);
    const run = runs.at(-1);
    const last = run?.at(-1);
    if (run !== undefined && last !== undefined && at - last.at <= gapMs) run.push({ x, y, at });
    else runs.push([{ x, y, at }]);
  }
  const line = runs.map((run) => {
    const [first, ...rest] = run.map(({ x, y }) => `${x} ${y}`);
    // A point alone is a dot: a line of no length with round ends.
    return `M${first}${(rest.length > 0 ? rest : [first]).map((to) => `L${to}`).join("")}`;
  });
  const area = runs.filter((run) => run.length > 1).map((run) => {
    const path = run.map(({ x, y }) => `L${x} ${y}`).join("");
    return `M${run[0]?.x} ${height}${path}L${run.at(-1)?.x} ${height}Z`;
  });
  return { line: line.join(""), area: area.join("") };
}

/** A round number at or above all values, so that a scale reads well. */
export function niceMax(values: readonly (number | null)[], least: number): number {
  const top = Math.max(least, ...values.map((value) => value ?? 0));
  const power = 10 ** Math.floor(Math.log10(top));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= top) ?? 10;
  return step * power;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
