import { ACCESS_TTL_S, type TokenPair } from "../../contracts/users.ts";
import { signAccessToken } from "./access_token.ts";
import { type Account, type Accounts, viewOf } from "./accounts.ts";
import type { KeyStore } from "./key_store.ts";
import type { Presence } from "./presence.ts";
import { formatRefreshToken, type RefreshToken } from "./refresh_token.ts";
import type { Sessions } from "./sessions.ts";

/** Makes what a login, a refresh or a guest pass gives. Every method throws `unavailable` when Redis is away. */
export class TokenPairs {
  constructor(
    private readonly keys: KeyStore,
    private readonly sessions: Sessions,
    private readonly accounts: Accounts,
    private readonly presence: Presence,
    private readonly now: () => number,
  ) {}

  /** Begins a session. */
  async begin(account: Account): Promise<TokenPair> {
    const pair = await this.prepare(account);
    return pair(await this.sessions.begin(account.id));
  }

  /** Does all but the refresh token, which the function given back puts in. */
  async prepare(account: Account): Promise<(token: RefreshToken) => TokenPair> {
    const accessToken = await signAccessToken(account, await this.keys.signing(), this.now());
    if (account.role === "guest") await this.accounts.keepGuest(account);
    await this.presence.seen(account, this.now());
    return (token) => ({
      accessToken,
      expiresIn: ACCESS_TTL_S,
      refreshToken: formatRefreshToken(token),
      user: viewOf(account),
    });
  }
}
