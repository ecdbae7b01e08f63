/** Why nothing may be moved, and for how long still. */
export interface Hold {
  readonly why: string;
  readonly leftMs: number;
}

/** Remembers until when nothing may be moved: the latest end counts. Times are in ms. */
export class HoldClock {
  #until = -Infinity;
  #why = "";

  /** @param now A clock that never jumps. */
  constructor(private readonly now: () => number) {}

  hold(why: string, forMs: number): void {
    const until = this.now() + forMs;
    if (until < this.#until) return;
    this.#until = until;
    this.#why = why;
  }

  current(): Hold | null {
    const leftMs = this.#until - this.now();
    return leftMs > 0 ? { why: this.#why, leftMs } : null;
  }
}
