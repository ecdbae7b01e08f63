import { AppError } from "../../contracts/errors.ts";
import { randomId } from "../../contracts/ids.ts";
import { onRedis, type RedisConnection } from "../../platform/redis.ts";

/** How long (ms) a turn may last: longer than Janus may take to hand a seat over. */
const TURN_MS = 8000;

/** Ends a turn, if it is still one's own. KEYS: the turn. ARGV: whose it is. */
const END = `
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`;

/**
 * One gateway at a time takes a seat over. A page asks one gateway for its seat; an encoder's requests are spread over all of
 * them, and of two that claim its session on Janus side by side, the wrong one may come last.
 */
export class SeatTurns {
  constructor(private readonly redis: RedisConnection) {}

  /** @throws AppError `unavailable` while it is another's turn, or Redis is away; or what `work` throws. */
  async take<T>(seat: string, work: () => Promise<T>): Promise<T> {
    const { client } = this.redis;
    const key = `whip:turn:${seat}`;
    const own = randomId(12);
    if (await onRedis(() => client.set(key, own, "PX", TURN_MS, "NX")) === null) {
      throw new AppError("unavailable", "The session is being handed over", { retryAfterS: 1 });
    }
    try {
      return await work();
    } finally {
      await client.eval(END, 1, key, own).catch(() => {});
    }
  }
}
