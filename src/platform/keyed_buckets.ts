import { AppError } from "../contracts/errors.ts";
import { type Bucket, type BucketSpec, drawToken, fullBucket } from "./token_bucket.ts";

/** So many callers are remembered; who has not called for longest is forgotten first, and may burst again. */
const MAX_KEYS = 50_000;

/** A rate limit for each of many callers, in this process alone. */
export class KeyedBuckets {
  /** The one who called last is last. */
  readonly #buckets = new Map<string, Bucket>();

  /** @param clock Milliseconds of a monotonic clock. */
  constructor(
    private readonly spec: BucketSpec,
    private readonly clock: () => number = () => performance.now(),
    private readonly maxKeys: number = MAX_KEYS,
  ) {}

  /** @throws AppError `too_many_requests` with the seconds to wait. */
  take(key: string): void {
    const now = this.clock();
    const { bucket, waitMs } = drawToken(
      this.#buckets.get(key) ?? fullBucket(this.spec, now),
      this.spec,
      now,
    );
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    if (this.#buckets.size > this.maxKeys) this.#forgetOldest();
    if (waitMs === 0) return;
    const retryAfterS = Math.max(1, Math.ceil(waitMs / 1000));
    throw new AppError("too_many_requests", `Too many requests; try again in ${retryAfterS} s`, {
      retryAfterS,
    });
  }

  #forgetOldest(): void {
    for (const key of this.#buckets.keys()) {
      this.#buckets.delete(key);
      return;
    }
  }
}
