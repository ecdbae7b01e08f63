import type { NodeKind } from "../../contracts/node.ts";

/** Reckons for how long nodes have been gone, counted only while one could see. */
export class AbsenceClock {
  readonly #since = new Map<string, number>();

  /** @param now Unix time in ms. */
  constructor(private readonly now: () => number) {}

  /** Takes in whether a node is there; returns for how long (ms) it has not been, 0 when it is. */
  see(kind: NodeKind, id: string, present: boolean): number {
    const key = `${kind}/${id}`;
    if (present) {
      this.#since.delete(key);
      return 0;
    }
    const since = this.#since.get(key) ?? this.now();
    this.#since.set(key, since);
    return this.now() - since;
  }

  /** Whoever was blind begins to count anew. */
  reset(): void {
    this.#since.clear();
  }
}
