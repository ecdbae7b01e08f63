import fc from "fast-check";
import { assertUnbroken } from "./quiet.ts";
import type { Site } from "./site.ts";

/** Nothing is known of a site but by looking at it; what callers were promised stands in their ledgers. */
export type Model = Record<string, never>;

/** Something that happens to a site, and how long (ms) one waits afterwards. */
export class Event implements fc.AsyncCommand<Model, Site> {
  /** @param words What a counterexample shows. */
  constructor(
    private readonly words: string,
    private readonly act: (site: Site) => void | Promise<void>,
    private readonly thenMs: number,
  ) {}

  check(): boolean {
    return true;
  }

  /** @throws Error when an invariant does not hold at the end. */
  async run(_model: Model, site: Site): Promise<void> {
    await this.act(site);
    await site.time.advance(this.thenMs);
    assertUnbroken(site);
  }

  toString(): string {
    return this.thenMs === 0 ? this.words : `${this.words}, ${this.thenMs} ms`;
  }
}

/** How long (ms) until the next event: at once, a moment, or as long as a lease. */
export const pause = fc.constantFrom(0, 0, 3, 10, 40, 250, 1500, 6000, 12_000);

/** One sort of event, and how often it comes beside the others. */
export interface Kind {
  readonly weight: number;
  readonly arbitrary: fc.Arbitrary<Event>;
}

/** Events that differ by what is chosen for them. */
export function kind<T extends unknown[]>(
  weight: number,
  choices: { [K in keyof T]: fc.Arbitrary<T[K]> },
  words: (...chosen: T) => string,
  act: (site: Site, ...chosen: T) => void | Promise<void>,
): Kind {
  const arbitrary = fc.tuple(fc.tuple<T>(...choices), pause).map(([chosen, ms]) =>
    new Event(words(...chosen), (site) => act(site, ...chosen), ms)
  );
  return { weight, arbitrary };
}
