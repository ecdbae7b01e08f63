/** How often (ms) a round is made: often enough to find a lack of frames, which come every 21 ms. */
export const ROUND_MS = 40;

/**
 * One timer for all that is looked at every few ms. With a timer for each, 30 rooms would wake the process 450 times a
 * second only to find that all is well. It runs while there is something to look at.
 */
export class Rounds {
  readonly #looks = new Set<() => void>();
  #timer: ReturnType<typeof setInterval> | undefined;

  /**
   * Calls `look` in every round from now on. It must not throw.
   *
   * @returns Ends that.
   */
  add(look: () => void): () => void {
    this.#looks.add(look);
    this.#timer ??= setInterval(() => this.#make(), ROUND_MS);
    return () => this.#remove(look);
  }

  #make(): void {
    for (const look of this.#looks) look();
  }

  #remove(look: () => void): void {
    this.#looks.delete(look);
    if (this.#looks.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
