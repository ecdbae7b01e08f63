/** How often (ms) this process is asked to be on time. */
const EVERY_MS = 20;

/** Measures how late this process itself is: on a machine too busy to run it, a late part says nothing. */
export class LoopLag {
  #lagMs = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  start(): void {
    let last = performance.now();
    this.#timer = setInterval(() => {
      const now = performance.now();
      this.#lagMs += Math.max(0, now - last - EVERY_MS);
      last = now;
    }, EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** How late (ms) it was, in all, since this was asked last. */
  take(): number {
    const lagMs = this.#lagMs;
    this.#lagMs = 0;
    return lagMs;
  }
}
