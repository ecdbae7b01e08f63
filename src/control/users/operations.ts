import { AppError } from "../../contracts/errors.ts";
import { randomId } from "../../contracts/ids.ts";
import { LoginName, USER_OPERATIONS, type UserOperation } from "../../contracts/users.ts";
import type { Log } from "../../platform/log.ts";
import { forgetTries, giveBackTry, takeTry } from "../../platform/rate_limit.ts";
import type { Redis } from "../../platform/redis.ts";
import { type Account, type Accounts, viewOf } from "./accounts.ts";
import { guestName } from "./guest_name.ts";
import { LIMITS } from "./limits.ts";
import { bind, type BoundOperation } from "./operation.ts";
import type { Passwords } from "./passwords.ts";
import type { Presence } from "./presence.ts";
import { parseRefreshToken } from "./refresh_token.ts";
import type { Sessions } from "./sessions.ts";
import type { TokenPairs } from "./token_pairs.ts";

export interface OperationParts {
  readonly redis: Redis;
  readonly log: Log;
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly presence: Presence;
  readonly passwords: Passwords;
  readonly pairs: TokenPairs;
  /** Whether people may come in without an account. */
  readonly guests: boolean;
  /** Unix time in ms. */
  readonly now: () => number;
}

/** What each operation of the table does. */
export function bindOperations(parts: OperationParts): Record<UserOperation, BoundOperation> {
  const { redis, log, accounts, sessions, presence, passwords, pairs, now } = parts;
  const { register, login, guest, refresh, logout, me } = USER_OPERATIONS;
  return {
    register: bind(register, async (params, { address }) => {
      await takeTry(redis, "register", address, LIMITS.registerPerAddress);
      const account = {
        id: `u-${randomId(16)}`,
        name: params.name ?? params.login,
        login: params.login,
        role: "user" as const,
        passwordHash: await passwords.hash(params.password),
        createdAt: now(),
      };
      await accounts.create(account);
      return await pairs.begin(account);
    }),

    login: bind(login, async (params, { address }) => {
      await takeTry(redis, "login-address", address, LIMITS.loginPerAddress);
      const name = LoginName.safeParse(params.login).data;
      const own = `${name}:${address}`;
      if (name !== undefined) {
        await takeTry(redis, "login", own, LIMITS.login);
        await takeTry(redis, "login-name", name, LIMITS.loginPerName);
      }
      const account = name === undefined ? null : await accounts.byLogin(name);
      const matches = await passwords.matches(params.password, account?.passwordHash ?? null);
      if (account === null || name === undefined || !matches) {
        throw new AppError("login_failed", "The login name or the password is wrong");
      }
      await forgetTries(redis, "login", own);
      await giveBackTry(redis, "login-name", name);
      await giveBackTry(redis, "login-address", address);
      return await pairs.begin(account);
    }),

    guest: bind(guest, async (params, { address }) => {
      if (!parts.guests) {
        throw new AppError("guests_off", "Guests are not let in here: make an account");
      }
      await takeTry(redis, "guest", address, LIMITS.guestPerAddress);
      const account: Account = {
        id: `g-${randomId(16)}`,
        name: params.name ?? guestName(),
        login: null,
        role: "guest",
        passwordHash: null,
        createdAt: now(),
      };
      return await pairs.begin(account);
    }),

    refresh: bind(refresh, async (params) => {
      const over = () => new AppError("unauthorized", "The session is over: log in again");
      const token = parseRefreshToken(params.refreshToken);
      const userId = token === null ? null : await sessions.owner(token);
      if (token === null || userId === null) throw over();
      const account = await accounts.byId(userId);
      if (account === null) {
        await sessions.end(token);
        throw over();
      }
      // All that can fail comes before the token is spent.
      const pair = await pairs.prepare(account);
      const rotation = await sessions.rotate(token);
      if (rotation.outcome === "reused") log.warn({ userId }, "spent refresh token: session ended");
      if (rotation.outcome !== "rotated") throw over();
      return pair(rotation.token);
    }),

    logout: bind(logout, async (params) => {
      const token = parseRefreshToken(params.refreshToken);
      if (token !== null) await sessions.end(token);
      return null;
    }),

    me: bind(me, async (_params, { claims }) => {
      const account = claims === null ? null : await accounts.byId(claims.sub);
      if (account === null) throw new AppError("unauthorized", "This user is gone: log in again");
      await presence.seen(account, now());
      return viewOf(account);
    }),
  };
}
