/** The time (ms) within which nodes vanish "at once": the TTL of their leases. */
export const AT_ONCE_MS = 10_000;

/** From how many nodes on the rule is of use: with two, one that dies is half of them. */
const LEAST_KNOWN = 3;

/**
 * Tells whether most of the nodes vanished at once. Then it is likelier that etcd lost their leases, or that we are cut off
 * with it, than that they all died.
 */
export class Vanishing {
  readonly #present = new Set<string>();
  /** When each node that is gone went. */
  readonly #goneAt = new Map<string, number>();

  /** @param now A clock that never jumps, in ms. */
  constructor(private readonly now: () => number) {}

  /** The node is there. */
  saw(node: string): void {
    this.#present.add(node);
    this.#goneAt.delete(node);
  }

  /** The node is gone. Returns whether most are now. */
  lost(node: string): boolean {
    if (this.#present.delete(node)) this.#goneAt.set(node, this.now());
    for (const [name, at] of this.#goneAt) {
      if (this.now() - at > AT_ONCE_MS) this.#goneAt.delete(name);
    }
    const gone = this.#goneAt.size;
    const known = this.#present.size + gone;
    return known >= LEAST_KNOWN && gone > known / 2;
  }

  /** The node went because it was told to. */
  left(node: string): void {
    this.#present.delete(node);
  }
}
