import { AppError } from "../../contracts/errors.ts";
import { type RateClass, RATES } from "../signaling/rate_guard.ts";
import { type Bucket, drawToken, fullBucket } from "../signaling/token_bucket.ts";

/** How many addresses are remembered before those that have asked for nothing lately are forgotten. */
const MANY = 10_000;

/** What one address may ask of this gateway, by the rate classes of the socket's methods. */
export class AddressLimits {
  readonly #buckets = new Map<string, Bucket>();

  /** @param clock Milliseconds of a monotonic clock. */
  constructor(private readonly clock: () => number) {}

  /** @throws AppError `too_many_requests` with the seconds to wait. */
  take(rate: RateClass, address: string): void {
    const now = this.clock();
    const spec = RATES[rate];
    const key = `${rate} ${address}`;
    const { bucket, waitMs } = drawToken(
      this.#buckets.get(key) ?? fullBucket(spec, now),
      spec,
      now,
    );
    // The oldest stand first, so that forgetting begins with them.
    this.#buckets.delete(key);
    if (this.#buckets.size >= MANY) this.#forget();
    this.#buckets.set(key, bucket);
    if (waitMs === 0) return;
    const retryAfterS = Math.ceil(waitMs / 1000);
    throw new AppError("too_many_requests", `Too many requests; try again in ${retryAfterS} s`, {
      retryAfterS,
    });
  }

  #forget(): void {
    let left = MANY / 10;
    for (const key of this.#buckets.keys()) {
      if (left-- === 0) return;
      this.#buckets.delete(key);
    }
  }
}
