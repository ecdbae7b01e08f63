import { z } from "zod";
import { DisplayName, UserId } from "../../contracts/ids.ts";
import { REFRESH_TTL_S, Role } from "../../contracts/users.ts";
import { onRedis, type Redis } from "../../platform/redis.ts";
import type { Account } from "./accounts.ts";
import { redisKeys } from "./redis_keys.ts";
import { parseStored } from "./stored_json.ts";

/** What is known of a user just now. It is forgotten when it was not renewed for as long as a session lasts. */
export const UserState = z.object({
  id: UserId,
  name: DisplayName,
  role: Role,
  /** Unix time in ms of the last login, refresh or look at oneself. */
  lastSeenAt: z.number().int().nonnegative(),
});
export type UserState = z.infer<typeof UserState>;

/** User states in Redis. Every method throws `unavailable` when Redis is away. */
export class Presence {
  constructor(private readonly redis: Redis) {}

  async seen({ id, name, role }: Account, nowMs: number): Promise<void> {
    const state: UserState = { id, name, role, lastSeenAt: nowMs };
    await onRedis(() =>
      this.redis.set(redisKeys.state(id), JSON.stringify(state), "EX", REFRESH_TTL_S)
    );
  }

  async read(id: UserId): Promise<UserState | null> {
    const key = redisKeys.state(id);
    const text = await onRedis(() => this.redis.get(key));
    return text === null ? null : parseStored(UserState, key, text);
  }
}
