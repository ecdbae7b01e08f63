import type { Running } from "../../platform/lifecycle.ts";

/** How often (ms) the clocks are compared. */
const LOOK_MS = 200;
/** A step (ms) that is worth a new mix: shorter ones are silent for no longer than making it anew takes. */
const WORTH_MS = 1000;

export interface ClockWatchOptions {
  /** @param byMs How far the wall clock is ahead of where it was, less than 0 when behind. */
  readonly onStep: (byMs: number) => void;
  /** Unix time in ms, and a time in ms that never steps. */
  readonly wall?: () => number;
  readonly steady?: () => number;
}

/**
 * Tells when the wall clock of this machine is stepped, as by an NTP client that found it wrong, or after the machine
 * was suspended.
 */
export class ClockWatch implements Running {
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #wall: () => number;
  readonly #steady: () => number;
  #offset: number;

  constructor(private readonly options: ClockWatchOptions) {
    this.#wall = options.wall ?? (() => Date.now());
    this.#steady = options.steady ?? (() => performance.now());
    this.#offset = this.#wall() - this.#steady();
    this.#timer = setInterval(() => this.look(), LOOK_MS);
  }

  /** Compares the clocks now. Slewing moves the wall clock by far less between two looks than a step. */
  look(): void {
    const offset = this.#wall() - this.#steady();
    const byMs = Math.round(offset - this.#offset);
    this.#offset = offset;
    if (Math.abs(byMs) >= WORTH_MS) this.options.onStep(byMs);
  }

  stop(): Promise<void> {
    clearInterval(this.#timer);
    return Promise.resolve();
  }
}
