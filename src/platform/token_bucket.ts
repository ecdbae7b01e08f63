/** How much a bucket holds, and how fast it fills. */
export interface BucketSpec {
  /** The most calls in one burst. */
  readonly capacity: number;
  /** Calls per second in the long run. */
  readonly perSecond: number;
}

export interface Bucket {
  readonly tokens: number;
  /** When `tokens` was so, in ms of a clock that need not be monotonic. */
  readonly atMs: number;
}

export function fullBucket({ capacity }: BucketSpec, nowMs: number): Bucket {
  return { tokens: capacity, atMs: nowMs };
}

/**
 * Draws one token.
 *
 * @returns The bucket afterwards, and in `waitMs` how long until a token is there: 0 when one was drawn.
 */
export function drawToken(
  bucket: Bucket,
  { capacity, perSecond }: BucketSpec,
  nowMs: number,
): { bucket: Bucket; waitMs: number } {
  const elapsedMs = Math.max(0, nowMs - bucket.atMs);
  const tokens = Math.min(capacity, bucket.tokens + elapsedMs / 1000 * perSecond);
  if (tokens >= 1) return { bucket: { tokens: tokens - 1, atMs: nowMs }, waitMs: 0 };
  return { bucket: { tokens, atMs: nowMs }, waitMs: (1 - tokens) / perSecond * 1000 };
}
