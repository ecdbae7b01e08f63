import { z } from "zod";
import { UserId } from "../../contracts/ids.ts";
import { REFRESH_TTL_S } from "../../contracts/users.ts";
import { onRedis, type Redis } from "../../platform/redis.ts";
import { redisKeys } from "./redis_keys.ts";
import {
  hashOf,
  newNonce,
  newRefreshToken,
  type RefreshToken,
  successorOf,
} from "./refresh_token.ts";

/**
 * How long (ms) the token just spent still gives its successor. Two tabs, or a retry after a lost answer, send one
 * token twice; a thief who is that quick gets a token that its owner holds too, so the next use by the second
 * of them ends the session.
 */
export const REPEAT_GRACE_MS = 10_000;

/** What became of a rotation. `reused`: a token of this session that is not the latest; the session is over. */
export type Rotation =
  | { readonly outcome: "rotated"; readonly token: RefreshToken }
  | { readonly outcome: "reused" | "unknown" };

/**
 * Time is Redis's, so that all instances agree. A run repeated after a lost answer finds the presented token to be
 * the previous one and answers with the nonce of the first run.
 */
const ROTATE = `
local s = redis.call('HMGET', KEYS[1], 'current', 'previous', 'nonce', 'rotatedAt')
if not s[1] then return { 'unknown', '' } end
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
if s[1] == ARGV[1] then
  redis.call('HSET', KEYS[1], 'current', ARGV[2], 'previous', ARGV[1], 'nonce', ARGV[3],
    'rotatedAt', string.format('%.0f', now))
  redis.call('EXPIRE', KEYS[1], ARGV[5])
  return { 'rotated', ARGV[3] }
end
if s[2] == ARGV[1] and now - tonumber(s[4]) < tonumber(ARGV[4]) then return { 'rotated', s[3] } end
redis.call('DEL', KEYS[1])
return { 'reused', '' }`;

const RotateReply = z.tuple([z.enum(["rotated", "reused", "unknown"]), z.string()]);

/** Writes all fields and the lifetime at once: a session without one would stay for good. */
const BEGIN = `
redis.call('HSET', KEYS[1], 'userId', ARGV[1], 'current', ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1`;

/** Sessions of refresh tokens in Redis. Every method throws `unavailable` when Redis is away. */
export class Sessions {
  /** @param graceMs See {@link REPEAT_GRACE_MS}; 0 takes each token strictly once. */
  constructor(private readonly redis: Redis, private readonly graceMs = REPEAT_GRACE_MS) {}

  /** Begins a session and gives its first token. */
  async begin(userId: UserId): Promise<RefreshToken> {
    const token = newRefreshToken();
    const key = redisKeys.session(token.family);
    await onRedis(() => this.redis.eval(BEGIN, 1, key, userId, hashOf(token), REFRESH_TTL_S));
    return token;
  }

  /** Whose session this is, or null when it is over. Says nothing of the token's secret. */
  async owner({ family }: RefreshToken): Promise<UserId | null> {
    const id = await onRedis(() => this.redis.hget(redisKeys.session(family), "userId"));
    return id === null ? null : UserId.parse(id);
  }

  /** Changes a token for its successor; a token that was changed before ends the whole session. */
  async rotate(token: RefreshToken): Promise<Rotation> {
    const nonce = newNonce();
    const next = hashOf(successorOf(token, nonce));
    const [outcome, agreedNonce] = RotateReply.parse(
      await onRedis(() =>
        this.redis.eval(
          ROTATE,
          1,
          redisKeys.session(token.family),
          hashOf(token),
          next,
          nonce,
          this.graceMs,
          REFRESH_TTL_S,
        )
      ),
    );
    return outcome === "rotated"
      ? { outcome, token: successorOf(token, agreedNonce) }
      : { outcome };
  }

  /** Ends a session. Any token of it will do, and ending it twice is well. */
  async end({ family }: RefreshToken): Promise<void> {
    await onRedis(() => this.redis.del(redisKeys.session(family)));
  }
}
