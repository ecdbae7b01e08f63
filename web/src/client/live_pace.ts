/** What a live player knows of itself, all in seconds. */
export interface PaceInput {
  /** How far it is behind the live edge. */
  readonly latency: number;
  /** How far behind it should be. */
  readonly target: number;
  /** How much is loaded ahead of the play position. */
  readonly buffered: number;
}

export interface PaceOptions {
  /** The fastest rate. Default 1.08: pitch is kept, and speech sounds natural. */
  readonly maxRate?: number;
  /** What one stall adds to the target, in seconds. Default 0.15. */
  readonly stallStep?: number;
  /** The most that stalls add, in seconds. Default 2. */
  readonly stallMax?: number;
  /** After so long (ms) without a stall one step is given back. Default 30 000. */
  readonly calmMs?: number;
}

/** Nearer than this (s) to the target is near enough. */
const NEAR_S = 0.06;
/** Once it catches up it goes on until it is this near (s), so that the rate does not flutter. */
const THERE_S = 0.015;
/** Nobody may catch up with less than this (s) loaded: the next part must come in time. */
const LEAST_BUFFER_S = 0.2;

/**
 * How fast a live player should play to be as near to live as its network allows. hls.js has a
 * catch-up of its own that needs more than a second loaded ahead, which a player 0.6 s behind live
 * never has. Stalls move the target away from live, and calm moves it back.
 */
export class LivePace {
  readonly #maxRate: number;
  readonly #stallStep: number;
  readonly #stallMax: number;
  readonly #calmMs: number;
  #slack = 0;
  #calmSince = 0;
  #catchingUp = false;

  constructor(
    { maxRate = 1.08, stallStep = 0.15, stallMax = 2, calmMs = 30_000 }: PaceOptions = {},
  ) {
    this.#maxRate = maxRate;
    this.#stallStep = stallStep;
    this.#stallMax = stallMax;
    this.#calmMs = calmMs;
  }

  /** What stalls have added to the target, in seconds. */
  get slack(): number {
    return this.#slack;
  }

  /** @param now Any clock in ms that only goes forward. */
  stalled(now: number): void {
    this.#slack = Math.min(this.#stallMax, this.#slack + this.#stallStep);
    this.#calmSince = now;
    this.#catchingUp = false;
  }

  /** The rate to play at from now on. */
  rate({ latency, target, buffered }: PaceInput, now: number): number {
    if (this.#slack > 0 && now - this.#calmSince >= this.#calmMs) {
      this.#slack = Math.max(0, this.#slack - this.#stallStep);
      this.#calmSince = now;
    }
    const behind = latency - (target + this.#slack);
    if (behind > NEAR_S) this.#catchingUp = true;
    if (behind < THERE_S) this.#catchingUp = false;
    if (!this.#catchingUp || buffered < LEAST_BUFFER_S) return 1;
    // In proportion at the end, so that it glides into place.
    const rate = Math.min(this.#maxRate, 1 + Math.max(0.025, behind * 0.4));
    return Math.round(rate * 200) / 200;
  }
}
