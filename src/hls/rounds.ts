/** Rounds begin on multiples of this (ms, monotonic): who wants to look within it looks in the same round. */
export const GRAIN_MS = 16;

/** Someone's place in the rounds. */
export interface Turn {
  /** Look in the next round, whatever was said before. */
  soon(): void;
  /** No more looks. */
  end(): void;
}

interface Entry {
  readonly look: () => number;
  dueAt: number;
}

/**
 * One timer for all that is looked at every few ms. With a timer for each, 30 rooms would wake the process hundreds of
 * times a second only to find that all is well. It runs while there is something to look at.
 */
export class Rounds {
  readonly #entries = new Set<Entry>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #roundAt = Infinity;

  /** Calls `look` in the next round, and again when as many ms have passed as it returned. It must not throw. */
  add(look: () => number): Turn {
    const entry: Entry = { look, dueAt: performance.now() };
    this.#entries.add(entry);
    this.#arm();
    return {
      soon: () => {
        entry.dueAt = performance.now();
        this.#arm();
      },
      end: () => {
        this.#entries.delete(entry);
        this.#arm();
      },
    };
  }

  #make(): void {
    const now = performance.now();
    this.#roundAt = Infinity;
    for (const entry of this.#entries) {
      // A timer may fire a part of a millisecond early.
      if (entry.dueAt <= now + 1) entry.dueAt = now + entry.look();
    }
    this.#arm();
  }

  #arm(): void {
    let dueAt = Infinity;
    for (const entry of this.#entries) dueAt = Math.min(dueAt, entry.dueAt);
    const roundAt = Math.ceil(dueAt / GRAIN_MS) * GRAIN_MS;
    if (roundAt === this.#roundAt) return;
    clearTimeout(this.#timer);
    this.#roundAt = roundAt;
    if (roundAt === Infinity) return;
    this.#timer = setTimeout(
      () => this.#make(),
      Math.max(0, Math.ceil(roundAt - performance.now())),
    );
  }
}
