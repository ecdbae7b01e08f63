/** What a player that keeps PART-HOLD-BACK of buffer would have met. Times in ms. */
export interface Playback {
  /** How often it ran out of parts. */
  readonly stalls: number;
  /** How long it stood still in all. */
  readonly stalledMs: number;
  /** The longest time between one part and the next. */
  readonly longestGapMs: number;
}

/**
 * A player reckoned by arithmetic: it begins PART-HOLD-BACK behind the end of the first part that it awaited, plays
 * in real time, and stands still while the part that is due has not come.
 */
export class PlayerModel {
  #stalls = 0;
  #stalledMs = 0;
  #longestGapMs = 0;
  #lastAt: number | null = null;
  /** The time at which the media that is at the player's zero was played. */
  #origin = 0;
  #bufferedMs = 0;

  constructor(private readonly holdBackMs: number) {}

  get playback(): Playback {
    return {
      stalls: this.#stalls,
      stalledMs: Math.round(this.#stalledMs),
      longestGapMs: Math.round(this.#longestGapMs),
    };
  }

  /**
   * A part came at a time.
   *
   * @param lagMs How late the watcher itself was since the last part: that is no fault of the server's.
   */
  take(cameAtMs: number, durationMs: number, lagMs = 0): void {
    const atMs = cameAtMs - (this.#lastAt === null ? 0 : Math.min(lagMs, cameAtMs - this.#lastAt));
    if (this.#lastAt === null) {
      this.#origin = atMs;
      this.#bufferedMs = this.holdBackMs;
    } else {
      this.#longestGapMs = Math.max(this.#longestGapMs, atMs - this.#lastAt);
      const lateMs = atMs - (this.#origin + this.#bufferedMs);
      if (lateMs > 0) {
        this.#stalls += 1;
        this.#stalledMs += lateMs;
        this.#origin += lateMs;
      }
      this.#bufferedMs += durationMs;
    }
    this.#lastAt = atMs;
  }
}
