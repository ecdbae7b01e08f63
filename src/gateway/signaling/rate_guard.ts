import { AppError } from "../../contracts/errors.ts";
import type { METHODS } from "../../contracts/rpc.ts";
import {
  type Bucket,
  type BucketSpec,
  drawToken,
  fullBucket,
} from "../../platform/token_bucket.ts";

export type RateClass = typeof METHODS[keyof typeof METHODS]["rate"];

/**
 * What one connection may ask for. `light` fits a burst of ICE candidates (some 10 to 40) and pings; `heavy` is
 * what costs Janus, scrypt or the Room Manager something.
 */
export const RATES: Readonly<Record<RateClass, BucketSpec>> = {
  light: { capacity: 80, perSecond: 20 },
  normal: { capacity: 30, perSecond: 5 },
  heavy: { capacity: 15, perSecond: 1 },
};

/** Sockets that one address may open at one gateway: an office that comes back after an outage fits in. */
export const OPENINGS_PER_ADDRESS: BucketSpec = { capacity: 500, perSecond: 50 };

/** How many refused calls a connection may make before it counts as flooding. */
export const PATIENCE: BucketSpec = { capacity: 100, perSecond: 2 };

/** The rate limits of one connection. */
export class RateGuard {
  readonly #buckets = new Map<RateClass, Bucket>();
  #patience: Bucket;
  #flooding = false;

  /** @param clock Milliseconds of a monotonic clock. */
  constructor(private readonly clock: () => number) {
    this.#patience = fullBucket(PATIENCE, clock());
  }

  /** True once it went on and on after being refused: close it. */
  get flooding(): boolean {
    return this.#flooding;
  }

  /** @throws AppError `too_many_requests` with the seconds to wait. */
  take(rate: RateClass): void {
    const now = this.clock();
    const spec = RATES[rate];
    const drawn = drawToken(this.#buckets.get(rate) ?? fullBucket(spec, now), spec, now);
    this.#buckets.set(rate, drawn.bucket);
    if (drawn.waitMs === 0) return;
    const patience = drawToken(this.#patience, PATIENCE, now);
    this.#patience = patience.bucket;
    if (patience.waitMs > 0) this.#flooding = true;
    const retryAfterS = Math.ceil(drawn.waitMs / 100) / 10;
    throw new AppError("too_many_requests", `Too many calls; try again in ${retryAfterS} s`, {
      retryAfterS,
    });
  }
}
