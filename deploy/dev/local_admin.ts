import { AppError } from "../../src/contracts/errors.ts";
import { Admins } from "../../src/control/users/admins.ts";
import { silentLog } from "../../src/platform/log.ts";
import { connectRedis, redisReady } from "../../src/platform/redis.ts";

const LOGIN = "admin";

/** What to say where no admin was made: in a Redis that is not this launcher's own. */
export const BY_HAND = "become an admin with ./denow run -A src/main.ts admin grant <login name>";

/**
 * Sees to it that there is an admin to try the admin page with: the account `admin`, whose password is made once, kept in a
 * file that only its owner can read, and never printed.
 *
 * @param redisUrl The launcher's own Redis.
 * @returns A line that says how to become an admin.
 */
export async function localAdmin(secrets: string, redisUrl: string): Promise<string> {
  const file = `${secrets}/admin_password`;
  const signIn = `sign in as ${LOGIN}; the password is in ${file.replace(`${Deno.cwd()}/`, "")}`;
  const kept = await readKept(file);
  const password = kept ?? crypto.getRandomValues(new Uint8Array(12)).toHex();
  const redis = connectRedis(redisUrl, silentLog());
  try {
    await redisReady(redis);
    await new Admins(redis.client).create(LOGIN, password);
    if (kept === null) {
      await Deno.writeTextFile(file, `${password}\n`, { mode: 0o600, createNew: true });
    }
    return signIn;
  } catch (err) {
    if (!(err instanceof AppError)) throw err;
    // Without a file, somebody else took the name first.
    return err.code === "name_taken" && kept !== null
      ? signIn
      : `with ROOMCAST_REDIS=${redisUrl}, ${BY_HAND}`;
  } finally {
    await redis.stop();
  }
}

async function readKept(file: string): Promise<string | null> {
  try {
    return (await Deno.readTextFile(file)).trim();
  } catch (err) {
    if (err instanceof Deno.errors.NotFound) return null;
    throw err;
  }
}
