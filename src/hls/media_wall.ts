export interface MediaWallOptions {
  /** Unix time in ms, as the system has it; may step. */
  readonly wallNow: () => number;
  /** Milliseconds that never step. */
  readonly monotonicNow: () => number;
  /** An offset (ms) up to this is left alone. Default 100. */
  readonly deadbandMs?: number;
  /** How fast an offset is taken back: a share of the time that passes. Default 0.02, about a frame a second. */
  readonly slew?: number;
}

/**
 * Wall time for media: runs like a monotonic clock and is slewed towards the system's, never stepped, so that an
 * NTP step or a hand on the clock costs a frame a second instead of a hole or a burst. Never goes back.
 */
export class MediaWall {
  #offset: number;
  #last: number;

  constructor(private readonly options: MediaWallOptions) {
    this.#last = options.monotonicNow();
    this.#offset = options.wallNow() - this.#last;
  }

  /** Unix time in ms, fractional. */
  now(): number {
    const { wallNow, monotonicNow, deadbandMs = 100, slew = 0.02 } = this.options;
    const monotonic = monotonicNow();
    const elapsed = monotonic - this.#last;
    this.#last = monotonic;
    const error = wallNow() - (monotonic + this.#offset);
    if (Math.abs(error) > deadbandMs) {
      this.#offset += Math.sign(error) * Math.min(Math.abs(error), elapsed * slew);
    }
    return monotonic + this.#offset;
  }
}
