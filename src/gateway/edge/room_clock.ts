import { partMs } from "../../hls/part_place.ts";
import type { PlaylistLive } from "../../hls/playlist.ts";

/** The least that was seen in two spans of time, each this long (ms), is what a part takes when nothing is late. */
const SPAN_MS = 2000;
/** A clock unused for this long (ms) is no reason to doubt an origin: nobody has listened by it. */
const TRUST_MS = 30_000;

interface Span {
  readonly since: number;
  /** The time (ms, monotonic) at which part 0 would have come, by the earliest part of this span. */
  zero: number;
}

/**
 * When the parts of one broadcast are due, learnt from when they came: part n is there n part durations after part 0.
 * Runs on the edge's monotonic clock, so that neither this node's wall clock nor the mixer's has to be right. Times are
 * in ms of `performance.now()`; parts go by their number (see {@link partNumber}).
 */
export class RoomClock {
  #current: Span | null = null;
  #previous: Span | null = null;
  #guessed = false;
  #usedAt = -Infinity;

  constructor(private readonly live: Pick<PlaylistLive, "partFrames">) {}

  /** Whether anything is known. */
  get set(): boolean {
    return this.#current !== null;
  }

  /**
   * A part was there at a time, for the first time as far as is known.
   *
   * @param awaited It was asked for before it was there. One that was not may have been there for long: it can show that
   *   parts come earlier than was thought, not that they come later.
   */
  learn(number: number, at: number, awaited: boolean): void {
    const zero = at - number * partMs(this.live);
    this.use(at);
    const current = this.#guessed ? null : this.#current;
    this.#guessed = false;
    if (current !== null && !awaited) {
      current.zero = Math.min(current.zero, zero);
      return;
    }
    if (current !== null && at - current.since < SPAN_MS) {
      current.zero = Math.min(current.zero, zero);
      return;
    }
    this.#previous = current !== null && at - current.since < 2 * SPAN_MS ? current : null;
    this.#current = { since: at, zero };
  }

  /**
   * Nobody could be asked: takes a part for due at a time, until one comes.
   *
   * @param number May have a fraction: so much of the next part was there.
   */
  guess(number: number, at: number): void {
    this.learn(number, at, false);
    this.#guessed = true;
  }

  /** Somebody listens by this clock now. */
  use(at: number): void {
    this.#usedAt = Math.max(this.#usedAt, at);
  }

  /** Whether an origin whose parts come at other times is the one that is wrong. */
  trusted(at: number): boolean {
    return this.set && !this.#guessed && !this.idle(at);
  }

  /** Whether nobody has listened by it for so long that what was found out by it then says nothing now. */
  idle(at: number): boolean {
    return at - this.#usedAt >= TRUST_MS;
  }

  /** When a part comes if nothing is late; null while nothing is known. */
  due(number: number): number | null {
    if (this.#current === null) return null;
    return this.#zero(this.#current) + number * partMs(this.live);
  }

  /** The number of the first part that is not due at a time; null while nothing is known. */
  nextAt(at: number): number | null {
    if (this.#current === null) return null;
    return Math.floor((at - this.#zero(this.#current)) / partMs(this.live)) + 1;
  }

  #zero(current: Span): number {
    return Math.min(current.zero, this.#previous?.zero ?? Infinity);
  }
}
