import { KeyedBuckets } from "../../platform/keyed_buckets.ts";
import { type RateClass, RATES } from "../signaling/rate_guard.ts";

/** What one address may ask of this gateway, by the rate classes of the socket's methods. */
export class AddressLimits {
  readonly #limits: Readonly<Record<RateClass, KeyedBuckets>>;

  /** @param clock Milliseconds of a monotonic clock. */
  constructor(clock: () => number = () => performance.now()) {
    this.#limits = {
      light: new KeyedBuckets(RATES.light, clock),
      normal: new KeyedBuckets(RATES.normal, clock),
      heavy: new KeyedBuckets(RATES.heavy, clock),
    };
  }

  /** @throws AppError `too_many_requests` with the seconds to wait. */
  take(rate: RateClass, address: string): void {
    this.#limits[rate].take(address);
  }
}
