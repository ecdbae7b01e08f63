import { AppError } from "../contracts/errors.ts";
import { onRedis, type Redis } from "./redis.ts";

export interface RateLimit {
  /** How many tries a window takes. */
  readonly limit: number;
  /** The window's length in seconds, from its first try. */
  readonly windowS: number;
}

/** INCR and EXPIRE in one step, so that a crash between them cannot lock a caller out for good. */
const COUNT = `
local n = redis.call('INCR', KEYS[1])
if n == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return { n, redis.call('PTTL', KEYS[1]) }`;

/**
 * Counts a try of `who` at `what` over all processes.
 *
 * @throws AppError `too_many_requests` with the seconds to wait, or `unavailable` when Redis is away.
 */
export async function takeTry(
  redis: Redis,
  what: string,
  who: string,
  { limit, windowS }: RateLimit,
): Promise<void> {
  const key = `rate:${what}:${who}`;
  const [count, ttlMs] = await onRedis(() =>
    redis.eval(COUNT, 1, key, windowS * 1000) as Promise<[number, number]>
  );
  if (count <= limit) return;
  const retryAfterS = Math.max(1, Math.ceil(ttlMs / 1000));
  throw new AppError("too_many_requests", `Too many tries; try again in ${retryAfterS} s`, {
    retryAfterS,
  });
}

/** Takes one try back, and makes no key of its own. */
const GIVE_BACK = `
if redis.call('EXISTS', KEYS[1]) == 1 then return redis.call('DECR', KEYS[1]) end
return 0`;

/** Takes one try back that turned out to be a good one, of a count that others share. */
export async function giveBackTry(redis: Redis, what: string, who: string): Promise<void> {
  await onRedis(() => redis.eval(GIVE_BACK, 1, `rate:${what}:${who}`));
}

/** Forgets the tries, as after a success. */
export async function forgetTries(redis: Redis, what: string, who: string): Promise<void> {
  await onRedis(() => redis.del(`rate:${what}:${who}`));
}
