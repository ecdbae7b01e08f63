import type { Log } from "../../platform/log.ts";
import { count } from "../../platform/metrics.ts";

/** One kind of things that a mixer makes and must not leave behind. */
export interface Swept {
  /** What it is called where repairs are counted. */
  readonly what: string;
  /** All there are. */
  readonly found: () => Promise<readonly string[]>;
  /** Those that should be; asked after {@link found}. */
  readonly wanted: () => Iterable<string>;
  readonly remove: (name: string) => Promise<void>;
}

/** Compares what is there with what should be, and removes what is too much. */
export class Sweep {
  /** What was too much in the last round, by kind. */
  readonly #last = new Map<string, ReadonlySet<string>>();

  constructor(private readonly kinds: readonly Swept[], private readonly log: Log) {}

  /**
   * One round. What comes and goes meanwhile may look as if nobody wanted it: only what was too much in the round before,
   * too, is removed.
   *
   * @param atOnce Remove what is found now: nothing can come or go yet.
   */
  async round({ atOnce = false } = {}): Promise<void> {
    for (const { what, found, wanted, remove } of this.kinds) {
      try {
        const there = await found();
        const right = new Set(wanted());
        const strays = there.filter((name) => !right.has(name));
        const before = this.#last.get(what);
        this.#last.set(what, new Set(strays));
        for (const name of strays) {
          if (!atOnce && !before?.has(name)) continue;
          await remove(name);
          count("roomcast_repairs_total", { what });
          this.log.warn({ what, name }, "removed what nobody wants");
        }
      } catch (err) {
        this.log.warn({ err, what }, "could not be swept");
      }
    }
  }
}
