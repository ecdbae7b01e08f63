import type { OperationShape } from "../../contracts/operations.ts";
import { KeyedBuckets } from "../../platform/keyed_buckets.ts";
import type { Caller } from "./caller.ts";

/**
 * How often rooms may be asked and changed. Who is signed in counts for themselves, so that an office behind one address,
 * or a gateway that passes calls on, is no single caller; anybody else counts by their address, which an audience may share.
 */
export const CALL_LIMITS = {
  write: { capacity: 200, perSecond: 20 },
  read: { capacity: 300, perSecond: 50 },
  anonymous: { capacity: 6000, perSecond: 2000 },
} as const;

/** The rate limits of one Room Manager. */
export class CallLimits {
  readonly #write: KeyedBuckets;
  readonly #read: KeyedBuckets;
  readonly #anonymous: KeyedBuckets;

  /** @param clock Milliseconds of a monotonic clock. */
  constructor(clock?: () => number) {
    this.#write = new KeyedBuckets(CALL_LIMITS.write, clock);
    this.#read = new KeyedBuckets(CALL_LIMITS.read, clock);
    this.#anonymous = new KeyedBuckets(CALL_LIMITS.anonymous, clock);
  }

  /** @throws AppError `too_many_requests` with the seconds to wait. */
  take({ method }: Pick<OperationShape, "method">, caller: Caller, address: string): void {
    if (caller === null) this.#anonymous.take(address);
    else if (method === "GET") this.#read.take(caller.sub);
    else this.#write.take(caller.sub);
  }
}
