import { z } from "zod";
import { NewAdminEvent } from "../../contracts/admin_events.ts";
import { onRedis, type Redis } from "../../platform/redis.ts";
import { KEPT_EVENTS } from "./event_log.ts";
import { adminKeys } from "./redis_keys.ts";

/** How long (ms) the teller's place is kept for it. */
export const TELLER_TTL_MS = 6000;

/** Takes or keeps the teller's place. */
const CLAIM = `
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 1 end
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1`;

/** Writes what is told and the event that tells it in one step, by the teller only; a run tried again changes nothing. */
const TELL = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
local told = redis.call('HGET', KEYS[2], ARGV[3])
if (told or '') == ARGV[4] then return 1 end
if ARGV[4] == '' then redis.call('HDEL', KEYS[2], ARGV[3])
else redis.call('HSET', KEYS[2], ARGV[3], ARGV[4]) end
if ARGV[5] ~= '' then redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[6], '*', 'event', ARGV[5]) end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1`;

const Told = z.record(z.string(), z.string());
/** Stands in the hash from the first teller on: before it nothing was told of anything. */
const PRIMED = "primed";

/**
 * What was told of each subject, in Redis, so that whichever Room Manager tells next goes on where the last one ended. Every
 * method throws `unavailable` when Redis is away.
 */
export class StoryStore {
  readonly #me = crypto.randomUUID();

  constructor(private readonly redis: Redis) {}

  /** Takes or keeps the teller's place. Returns whether this process has it. */
  async claim(): Promise<boolean> {
    const claimed = await onRedis(() =>
      this.redis.eval(CLAIM, 1, adminKeys.teller, this.#me, TELLER_TTL_MS)
    );
    return claimed === 1;
  }

  /** Gives the place to whoever wants it next. */
  async resign(): Promise<void> {
    await onRedis(() =>
      this.redis.eval(
        "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end",
        1,
        adminKeys.teller,
        this.#me,
      )
    );
  }

  /** What was told last of each subject; null when nothing was ever told. */
  async told(): Promise<Map<string, string> | null> {
    const hash = Told.parse(await onRedis(() => this.redis.hgetall(adminKeys.told)));
    const { [PRIMED]: primed, ...told } = hash;
    return primed === undefined ? null : new Map(Object.entries(told));
  }

  /** Takes things as they are for told. */
  async prime(now: ReadonlyMap<string, string>): Promise<void> {
    const fields = Object.fromEntries([...now, [PRIMED, "1"]]);
    await onRedis(() => this.redis.hset(adminKeys.told, fields));
  }

  /**
   * Tells that a subject is otherwise than before.
   *
   * @param signature Null: it is no more.
   * @returns False when another process is the teller now.
   */
  async tell(
    subject: string,
    signature: string | null,
    event: NewAdminEvent | null,
  ): Promise<boolean> {
    const text = event === null ? "" : JSON.stringify(NewAdminEvent.parse(event));
    const told = await onRedis(() =>
      this.redis.eval(
        TELL,
        3,
        ...[adminKeys.teller, adminKeys.told, adminKeys.events],
        ...[this.#me, TELLER_TTL_MS, subject, signature ?? "", text, KEPT_EVENTS],
      )
    );
    return told === 1;
  }
}
