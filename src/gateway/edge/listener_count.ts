import type { Running } from "../../platform/lifecycle.ts";
import { collect } from "../../platform/metrics.ts";

/** How a player follows a broadcast. */
export type Player = "low_latency" | "plain" | "classic";

const PLAYERS = ["low_latency", "plain", "classic"] as const satisfies readonly Player[];
/** A player's reloads may come in bunches; over so many seconds they are even. */
const WINDOW_S = 10;

/**
 * Reckons how many players there are from their reloads, for nothing tells them apart: each stands for the time until that
 * player's next. A low-latency player reloads once a part, a plain one once a segment.
 */
export class ListenerCount implements Running {
  /** All there was, in s. */
  readonly #totals: Record<Player, number> = { low_latency: 0, plain: 0, classic: 0 };
  /** The totals at the beginning of each of the last seconds, by second. */
  readonly #marks: { readonly second: number; readonly totals: Record<Player, number> }[] = [];
  readonly #ends: readonly (() => void)[];

  /** @param now A clock that never jumps, in ms. */
  constructor(private readonly now = () => performance.now()) {
    this.#ends = [
      collect("roomcast_edge_listeners", () => this.#samples((player) => this.listeners(player))),
      collect(
        "roomcast_edge_listened_seconds_total",
        () => this.#samples((player) => this.#totals[player]),
      ),
    ];
  }

  /** A player was given a playlist, and will ask for the next in so many ms. */
  heard(player: Player, ms: number): void {
    this.#mark();
    this.#totals[player] += ms / 1000;
  }

  /** How many there are by the last seconds. */
  listeners(player: Player): number {
    this.#mark();
    const now = this.now() / 1000;
    const oldest = this.#marks[0];
    if (oldest === undefined) return 0;
    return (this.#totals[player] - oldest.totals[player]) / Math.max(1, now - oldest.second);
  }

  stop(): Promise<void> {
    for (const end of this.#ends) end();
    return Promise.resolve();
  }

  #samples(value: (player: Player) => number) {
    return PLAYERS.map((player) => ({ labels: { player }, value: value(player) }));
  }

  /** Begins a second, if one has begun. */
  #mark(): void {
    const second = Math.floor(this.now() / 1000);
    if (this.#marks.at(-1)?.second === second) return;
    this.#marks.push({ second, totals: { ...this.#totals } });
    while ((this.#marks[0]?.second ?? second) < second - WINDOW_S) this.#marks.shift();
  }
}
