/** Exponential backoff with full jitter. Times are in ms. */
export interface BackoffOptions {
  /** The first pause's upper bound. Default 100 ms. */
  readonly baseMs?: number;
  /** No pause is longer. Default 10 000 ms. */
  readonly maxMs?: number;
  /** A random number in [0, 1). */
  readonly random?: () => number;
}

/**
 * How long to wait before try number `attempt` + 1 (the first failure is attempt 1): between half of and the
 * whole of base × 2^(attempt − 1), never over the maximum.
 */
export function backoffMs(attempt: number, options: BackoffOptions = {}): number {
  const { baseMs = 100, maxMs = 10_000, random = Math.random } = options;
  const bound = Math.min(maxMs, baseMs * 2 ** Math.min(Math.max(attempt - 1, 0), 30));
  return bound / 2 + random() * bound / 2;
}

/** Waits, or rejects with the signal's reason as soon as it is aborted. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
