import { AppError } from "../../contracts/errors.ts";
import { onRedis, type Redis } from "../../platform/redis.ts";
import { type KeyRing, newSigningKey, withKey } from "./key_ring.ts";
import { readOrMakeKeyRing, type StoredKeyRing } from "./key_store.ts";
import { redisKeys } from "./redis_keys.ts";

/** How long (s) the key set may be cached, and so how long a new key is published before it signs. */
export const KEY_SET_MAX_AGE_S = 60;

/** The age (ms) at which a key is replaced by itself: 30 days. */
const KEY_LIFE_MS = 30 * 24 * 3600 * 1000;

export interface RotateOptions {
  /** Seconds between the new key's publication and its first signature. Default {@link KEY_SET_MAX_AGE_S}. */
  readonly leadS?: number;
  /** Unix time in ms. */
  readonly now?: () => number;
}

/** Takes the new ring only where the old one still stands. */
const REPLACE = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
return 1`;

/**
 * Makes a new signing key. Every instance sees it within seconds and signs with it once the lead is over; the keys
 * before it stay in the key set until the last token they signed has run out.
 *
 * @returns The new key's id.
 * @throws AppError `unavailable` when Redis is away, `conflict` when another rotation ran at the same time.
 */
export async function rotateKeys(redis: Redis, options: RotateOptions = {}): Promise<string> {
  const { leadS = KEY_SET_MAX_AGE_S, now = Date.now } = options;
  return await replace(redis, await readOrMakeKeyRing(redis, now()), leadS, now());
}

/** Rotates when the newest key has had its life. Many instances may ask at once: one of them rotates. */
export async function rotateOldKeys(
  redis: Redis,
  now: () => number = Date.now,
): Promise<string | null> {
  const stored = await readOrMakeKeyRing(redis, now());
  if (now() - newest(stored.ring).signsFrom < KEY_LIFE_MS) return null;
  try {
    return await replace(redis, stored, KEY_SET_MAX_AGE_S, now());
  } catch (err) {
    if (err instanceof AppError && err.code === "conflict") return null;
    throw err;
  }
}

async function replace(
  redis: Redis,
  { ring, text }: StoredKeyRing,
  leadS: number,
  nowMs: number,
): Promise<string> {
  const key = await newSigningKey(nowMs + leadS * 1000);
  const next = JSON.stringify(withKey(ring, key, nowMs));
  await onRedis(() => redis.eval(REPLACE, 1, redisKeys.keyRing, text, next));
  // Read back rather than trust the answer: a script run twice after a lost answer says 0 the second time.
  const after = await readOrMakeKeyRing(redis, nowMs);
  if (!after.ring.some(({ kid }) => kid === key.kid)) {
    throw new AppError("conflict", "Somebody else rotated the keys at the same time");
  }
  return key.kid;
}

function newest(ring: KeyRing) {
  return ring.at(-1) ?? ring[0];
}
