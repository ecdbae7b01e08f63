import { KEY_SET_MAX_AGE_S, rotateKeys } from "./control/users/rotate_keys.ts";
import { AppError } from "./contracts/errors.ts";
import type { Config } from "./platform/config.ts";
import { silentLog } from "./platform/log.ts";
import { connectRedis, redisReady } from "./platform/redis.ts";
import { redisAccess } from "./platform/redis_access.ts";

/** How long (ms) Redis may take to answer. */
const LIMIT_MS = 2000;

/**
 * Makes a new key for access tokens, at once for every User Service. Tokens that were signed with the ones before stay good.
 *
 * @throws Error in one readable line when Redis does not answer, or somebody else rotates just now.
 */
export async function rotateSigningKeys(
  config: Config,
  print: (line: string) => void,
): Promise<void> {
  const redis = connectRedis(redisAccess(config), silentLog());
  try {
    await redisReady(redis, LIMIT_MS);
    const kid = await rotateKeys(redis.client);
    print(`Key ${kid} signs in ${KEY_SET_MAX_AGE_S} s; tokens signed before stay good`);
  } catch (cause) {
    if (!(cause instanceof AppError)) throw cause;
    throw new Error(`Cannot rotate the keys: ${cause.detail}`, { cause });
  } finally {
    await redis.stop();
  }
}
