import { z } from "zod";
import { AppError } from "../../contracts/errors.ts";
import { randomId, UserId } from "../../contracts/ids.ts";
import { LoginName, type Role } from "../../contracts/users.ts";
import { onRedis, type Redis } from "../../platform/redis.ts";
import { hashSecret } from "../../platform/password.ts";
import { EndpointStore } from "../webhooks/endpoint_store.ts";
import { switchOffSiteWebhooks } from "../webhooks/revoked_owner.ts";
import { Account, Accounts } from "./accounts.ts";
import { redisKeys } from "./redis_keys.ts";
import { parseStored } from "./stored_json.ts";

/** An account that belongs to somebody who can log in. */
export type Holder = Account & { readonly login: string };

/** What came of giving an account a role. */
export type RoleSet = Holder & { readonly same: boolean; readonly switchedOff: number };

/** Writes an account anew only while it is as it was read. */
const REPLACE = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
return 1`;

/** How often a change is tried anew when somebody else writes the account. */
const MAX_TRIES = 5;
/** How many keys are looked at in one step of a listing. */
const SCAN_COUNT = 1000;

const ScanReply = z.tuple([z.string(), z.array(z.string())]);

/**
 * Makes and unmakes admins. The role goes into the next access token; whoever is an admin no more is kept out of admin
 * operations at once, and is a plain user elsewhere when the token is renewed, within a quarter of an hour. Every method
 * throws `unavailable` when Redis is away.
 */
export class Admins {
  readonly #accounts: Accounts;

  constructor(private readonly redis: Redis) {
    this.#accounts = new Accounts(redis);
  }

  /**
   * Gives an account a role. The webhooks for all rooms of one that is no admin are switched off.
   *
   * @param who A login name, or a user id.
   * @returns The account, whether it had that role before, and how many webhooks were switched off.
   * @throws AppError `not_found` when there is no such account.
   */
  async setRole(who: string, role: Exclude<Role, "guest">): Promise<RoleSet> {
    const account = await this.#write(who, role);
    if (role === "admin") return { ...account, switchedOff: 0 };
    // Also when it was none before: whoever revoked it may not have come this far.
    const switchedOff = await switchOffSiteWebhooks(new EndpointStore(this.redis), account.id);
    return { ...account, switchedOff };
  }

  async #write(who: string, role: Exclude<Role, "guest">): Promise<Omit<RoleSet, "switchedOff">> {
    for (let attempt = 1; attempt <= MAX_TRIES; attempt++) {
      const found = await this.#find(who);
      if (found.role === role) return { ...found, same: true };
      const key = redisKeys.account(found.id);
      const text = await onRedis(() => this.redis.get(key));
      const account = text === null ? null : parseStored(Account, key, text);
      if (text === null || account === null) continue;
      const next = JSON.stringify({ ...account, role });
      const done = await onRedis(() => this.redis.eval(REPLACE, 1, key, text, next));
      if (done === 1) return { ...found, role, same: false };
    }
    throw new AppError("conflict", `The account ${who} is being changed by others: try again`);
  }

  /**
   * Makes an account that is an admin from the start.
   *
   * @throws AppError `name_taken` when the login name has an account.
   */
  async create(login: string, password: string): Promise<Holder> {
    const account: Holder = {
      id: `u-${randomId(16)}`,
      name: login,
      login,
      role: "admin",
      passwordHash: await hashSecret(password),
      createdAt: Date.now(),
    };
    await this.#accounts.create(account);
    return account;
  }

  /** Every admin there is, by login name. It looks at all accounts, so that it misses none. */
  async list(): Promise<Holder[]> {
    const found = new Map<string, Holder>();
    let cursor = "0";
    do {
      const match = `${redisKeys.account("")}*`;
      const reply = await onRedis(() =>
        this.redis.scan(cursor, "MATCH", match, "COUNT", SCAN_COUNT)
      );
      const [next, keys] = ScanReply.parse(reply);
      const texts = keys.length === 0 ? [] : await onRedis(() => this.redis.mget(keys));
      for (const [index, text] of texts.entries()) {
        if (text === null || !text.includes('"admin"')) continue;
        const account = parseStored(Account, keys[index] ?? "an account", text);
        if (account.role === "admin" && isHolder(account)) found.set(account.id, account);
      }
      cursor = next;
    } while (cursor !== "0");
    return [...found.values()].toSorted((a, b) => a.login < b.login ? -1 : 1);
  }

  /** A login name may look like an id: the name comes first. */
  async #find(who: string): Promise<Holder> {
    const login = LoginName.safeParse(who);
    const id = UserId.safeParse(who);
    const byLogin = login.success ? await this.#accounts.byLogin(login.data) : null;
    const account = byLogin ?? (id.success ? await this.#accounts.byId(id.data) : null);
    if (account === null) throw new AppError("not_found", `There is no account "${who}"`);
    if (isHolder(account)) return account;
    throw new AppError("not_found", `${who} is a guest: only who has an account can be an admin`);
  }
}

function isHolder(account: Account): account is Holder {
  return account.login !== null;
}
