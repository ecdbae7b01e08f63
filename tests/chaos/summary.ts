import { percentile, round } from "../bench/support.ts";
import type { Strike, Suffered } from "./strike.ts";

/** A fault over all times it happened. Seconds; null: nobody had to rejoin. */
export interface FaultRow {
  readonly fault: string;
  readonly times: number;
  readonly stallP50S: number;
  readonly stallMaxS: number;
  readonly silenceP50S: number;
  readonly silenceMaxS: number;
  readonly rejoinP50S: number | null;
  readonly rejoinMaxS: number | null;
}

export interface Summary {
  readonly rows: readonly FaultRow[];
  readonly wrongRoom: number;
  readonly brokenRules: number;
  readonly invariantBreaks: number;
}

/** What a row says of rooms that have a hot standby. */
const WITH_STANDBY = " (standby)";

/** Sums up a run: each time counts with the room that suffered most. Rooms with a hot standby have rows of their own. */
export function summarize(strikes: readonly Strike[]): Summary {
  const rows = Map.groupBy(strikes.flatMap(split), ({ fault }) => fault);
  return {
    rows: [...rows].map(([fault, times]) => row(fault, times.map(({ suffered }) => suffered)))
      .sort((a, b) => a.fault.localeCompare(b.fault)),
    wrongRoom: strikes.flatMap(({ suffered }) => suffered).filter((one) => one.wrongRoomS > 0)
      .length,
    brokenRules: sum(strikes.flatMap(({ suffered }) => suffered), (one) => one.brokenRules.length),
    invariantBreaks: sum(strikes, ({ invariantBreaks }) => invariantBreaks.length),
  };
}

function split({ fault, suffered }: Strike): { fault: string; suffered: Suffered[] }[] {
  const isSafe = ({ room }: Suffered) => room.redundancy === 2;
  return [
    { fault, suffered: suffered.filter((one) => !isSafe(one)) },
    { fault: `${fault}${WITH_STANDBY}`, suffered: suffered.filter(isSafe) },
  ].filter((one) => one.suffered.length > 0);
}

function row(fault: string, times: readonly (readonly Suffered[])[]): FaultRow {
  const worst = (of: (one: Suffered) => number) =>
    times.map((suffered) => Math.max(...suffered.map(of)));
  const [stalls, silences] = [worst((one) => one.stallS), worst((one) => one.silenceS)];
  const rejoins = worst((one) => one.rejoinS ?? -1).filter((seconds) => seconds >= 0);
  const rejoined = (p: number) => rejoins.length === 0 ? null : round(percentile(rejoins, p), 2);
  return {
    fault,
    times: times.length,
    stallP50S: round(percentile(stalls, 0.5), 2),
    stallMaxS: round(Math.max(...stalls), 2),
    silenceP50S: round(percentile(silences, 0.5), 2),
    silenceMaxS: round(Math.max(...silences), 2),
    rejoinP50S: rejoined(0.5),
    rejoinMaxS: rejoined(1),
  };
}

/** The rows as a Markdown table. */
export function table(rows: readonly FaultRow[]): string[] {
  const pair = (p50: number | null, max: number | null) =>
    p50 === null || max === null ? "–" : `${p50.toFixed(2)} / ${max.toFixed(2)}`;
  return [
    "| fault | times | stall p50 / max (s) | silence p50 / max (s) | rejoin p50 / max (s) |",
    "|---|---|---|---|---|",
    ...rows.map((one) =>
      `| ${one.fault} | ${one.times} | ${pair(one.stallP50S, one.stallMaxS)} | ` +
      `${pair(one.silenceP50S, one.silenceMaxS)} | ${pair(one.rejoinP50S, one.rejoinMaxS)} |`
    ),
  ];
}

function sum<T>(values: readonly T[], of: (value: T) => number): number {
  return values.reduce((total, value) => total + of(value), 0);
}
