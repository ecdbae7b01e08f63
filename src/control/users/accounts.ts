import { z } from "zod";
import { AppError } from "../../contracts/errors.ts";
import { DisplayName, UserId } from "../../contracts/ids.ts";
import { LoginName, REFRESH_TTL_S, Role, type UserView } from "../../contracts/users.ts";
import { onRedis, type Redis } from "../../platform/redis.ts";
import { redisKeys } from "./redis_keys.ts";
import { parseStored } from "./stored_json.ts";

/** An account or a guest as Redis holds it. A guest has neither login nor password, and runs out. */
export const Account = z.object({
  id: UserId,
  name: DisplayName,
  login: LoginName.nullable(),
  role: Role,
  /** scrypt in PHC form (platform/password.ts). */
  passwordHash: z.string().nullable(),
  /** Unix time in ms. */
  createdAt: z.number().int().nonnegative(),
});
export type Account = z.infer<typeof Account>;

/** Claims the login name and writes the account in one step. A second run of the same call changes nothing. */
const CLAIM = `
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1])
redis.call('SET', KEYS[2], ARGV[2])
return 1`;

/** One round trip whether the name is known or not. */
const BY_LOGIN = `
local id = redis.call('GET', KEYS[1])
if not id then return false end
return redis.call('GET', ARGV[1] .. id)`;

/** Accounts and guests in Redis. Every method throws `unavailable` when Redis is away. */
export class Accounts {
  constructor(private readonly redis: Redis) {}

  /** @throws AppError `name_taken` when the login name has an account. */
  async create(account: Account & { login: string }): Promise<void> {
    const keys = [redisKeys.login(account.login), redisKeys.account(account.id)];
    const claimed = await onRedis(() =>
      this.redis.eval(CLAIM, 2, ...keys, account.id, JSON.stringify(account))
    );
    if (claimed !== 1) {
      throw new AppError("name_taken", `The login name ${account.login} is taken: choose another`);
    }
  }

  /** Writes a guest, or makes one last as long as its session again. */
  async keepGuest(account: Account): Promise<void> {
    await onRedis(() =>
      this.redis.set(
        redisKeys.account(account.id),
        JSON.stringify(account),
        "EX",
        REFRESH_TTL_S,
      )
    );
  }

  async byId(id: UserId): Promise<Account | null> {
    const key = redisKeys.account(id);
    const text = await onRedis(() => this.redis.get(key));
    return text === null ? null : parseStored(Account, key, text);
  }

  async byLogin(login: string): Promise<Account | null> {
    const key = redisKeys.login(login);
    const text = z.string().nullable().parse(
      await onRedis(() => this.redis.eval(BY_LOGIN, 1, key, redisKeys.account(""))),
    );
    return text === null ? null : parseStored(Account, `the account of ${key}`, text);
  }
}

/** What callers see of an account. */
export function viewOf({ id, name, login, role, createdAt }: Account): UserView {
  return { id, name, login, role, createdAt: new Date(createdAt).toISOString() };
}
