import type { AdminStats } from "../../contracts/admin.ts";
import type { EdgeSample } from "../../contracts/edge_stats.ts";

/** What one edge wrote. */
export interface EdgeSeries {
  readonly id: string;
  readonly version: string;
  /** Whether it still writes. */
  readonly here: boolean;
  /** By the step's begin, Unix time in ms. */
  readonly samples: ReadonlyMap<number, EdgeSample>;
}

/** All edges as one: listeners and parts are added up, and a part counts as much at one edge as at another. */
export function sumSamples(stepMs: number, edges: readonly EdgeSeries[]): AdminStats {
  const times = new Set(edges.flatMap(({ samples }) => [...samples.keys()]));
  const samples = [...times].toSorted((a, b) => a - b).map((at) => {
    const here = edges.flatMap(({ samples }) => samples.get(at) ?? []);
    const sum = (of: (sample: EdgeSample) => number) =>
      here.reduce((total, sample) => total + of(sample), 0);
    const parts = sum((sample) => sample.parts);
    return {
      at: new Date(at).toISOString(),
      listeners: rounded(sum((sample) => sample.listeners)),
      lateMeanMs: parts === 0 ? null : rounded(sum((sample) => sample.lateSumMs) / parts),
      lateMaxMs: latest(here),
      parts,
      standIns: sum((sample) => sample.standIns),
      edges: here.length,
    };
  });
  return {
    stepMs,
    samples,
    edges: edges.filter(({ here }) => here).map(({ id, version, samples }) => {
      const last = samples.get(Math.max(...samples.keys()));
      return {
        id,
        version,
        listeners: rounded(last?.listeners ?? 0),
        lateMaxMs: last === undefined ? null : latest([last]),
      };
    }),
  };
}

function latest(samples: readonly EdgeSample[]): number | null {
  const late = samples.filter(({ parts }) => parts > 0).map(({ lateMaxMs }) => lateMaxMs);
  return late.length === 0 ? null : rounded(Math.max(...late));
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
