/** How long (ms) a placement counts as fresh when the node's own load never tells of it. */
export const FRESH_MS = 15_000;

interface NodePlacements {
  /** The load the node last reported. */
  load: number;
  /** When each placement was made, oldest first. */
  readonly placedAt: { readonly at: number }[];
}

/**
 * Remembers what was just placed where, until the node's own load report catches up: each room by which the
 * reported load grows takes one placement off, the oldest first.
 */
export class FreshPlacements {
  readonly #nodes = new Map<string, NodePlacements>();

  /** Counts one more on the node. Returns how to take it back. Times are in ms. */
  add(node: string, load: number, now: number): () => void {
    const placements = this.#of(node, load);
    const placement = { at: now };
    placements.placedAt.push(placement);
    return () => {
      const index = placements.placedAt.indexOf(placement);
      if (index >= 0) placements.placedAt.splice(index, 1);
    };
  }

  /** How many placements the reported load does not hold yet. */
  count(node: string, load: number, now: number): number {
    const { placedAt } = this.#of(node, load);
    const kept = placedAt.findIndex(({ at }) => now - at < FRESH_MS);
    placedAt.splice(0, kept < 0 ? placedAt.length : kept);
    return placedAt.length;
  }

  /** Takes in a load report. */
  report(node: string, load: number): void {
    this.#of(node, load);
  }

  /** The node is gone, and what was placed there with it. */
  forget(node: string): void {
    this.#nodes.delete(node);
  }

  #of(node: string, load: number): NodePlacements {
    const known = this.#nodes.get(node) ?? { load, placedAt: [] };
    if (load > known.load) known.placedAt.splice(0, load - known.load);
    known.load = load;
    this.#nodes.set(node, known);
    return known;
  }
}
