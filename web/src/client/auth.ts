import type { TokenPair } from "../../../src/contracts/users.ts";
import { ClientError } from "./client_error.ts";
import {
  type Credentials,
  CREDENTIALS_KEY,
  credentialsOf,
  parseCredentials,
} from "./credentials.ts";
import type { HttpClient } from "./http.ts";
import { nothing } from "./shape.ts";
import { readTokens } from "./views.ts";

/** A token with less than this (ms) left is changed before it is used. */
const MARGIN_MS = 60_000;

/** Where credentials live: `localStorage`, or a map in a test. */
export type CredentialStorage = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** Runs one task at a time among all tabs of the browser. */
export type Exclusively = <T>(task: () => Promise<T>) => Promise<T>;

export interface AuthOptions {
  readonly http: HttpClient;
  readonly storage: CredentialStorage;
  readonly exclusively: Exclusively;
  /** Unix time in ms. */
  readonly now?: () => number;
}

/**
 * Who this browser is signed in as. Whoever is nobody becomes a guest when a token is needed.
 * Refresh tokens work once, so only one tab at a time may change one: what another tab has
 * stored meanwhile is used instead.
 */
export class Auth {
  readonly #http: HttpClient;
  readonly #storage: CredentialStorage;
  readonly #exclusively: Exclusively;
  readonly #now: () => number;
  readonly #listeners = new Set<(who: Credentials | null) => void>();

  constructor({ http, storage, exclusively, now = Date.now }: AuthOptions) {
    this.#http = http;
    this.#storage = storage;
    this.#exclusively = exclusively;
    this.#now = now;
  }

  /** Who is signed in, or null. */
  get current(): Credentials | null {
    return parseCredentials(this.#storage.getItem(CREDENTIALS_KEY));
  }

  /** Calls back whenever somebody signs in or out in this tab. Returns how to stop it. */
  onChange(listener: (who: Credentials | null) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * An access token with at least a minute left.
   *
   * @throws ClientError `guests_off` when nobody is signed in and guests are not let in.
   */
  async accessToken(): Promise<string> {
    return (await this.ensure()).accessToken;
  }

  /**
   * Who is signed in; a guest pass is asked for when nobody is.
   *
   * @param guestName How a new guest wants to be called; default: a name the server thinks of.
   */
  async ensure(guestName = ""): Promise<Credentials> {
    const stored = this.current;
    if (stored !== null && this.#fresh(stored)) return stored;
    return await this.#exclusively(async () => {
      const latest = this.current;
      if (latest !== null && this.#fresh(latest)) return latest;
      return latest === null ? await this.#guest(guestName) : await this.#refresh(latest);
    });
  }

  /**
   * Who is signed in, asked of the server anew: an account may have been given or lost a role.
   *
   * @throws ClientError `unauthorized` when nobody is.
   */
  async renew(): Promise<Credentials> {
    return await this.#exclusively(async () => {
      const latest = this.current;
      if (latest === null) throw new ClientError("unauthorized");
      return await this.#refresh(latest);
    });
  }

  login(login: string, password: string): Promise<Credentials> {
    return this.#exclusively(() => this.#enter("login", { login, password }));
  }

  register(login: string, password: string, name?: string): Promise<Credentials> {
    const body = { login, password, ...(name === undefined ? {} : { name }) };
    return this.#exclusively(() => this.#enter("register", body));
  }

  /** Signs out here at once; the server is told, if it can be reached. */
  async logout(): Promise<void> {
    const who = this.current;
    this.#keep(null);
    if (who === null) return;
    await this.#http.call({
      method: "POST",
      path: "/api/auth/logout",
      body: { refreshToken: who.refreshToken },
      read: nothing,
    }).catch(() => null);
  }

  #fresh(who: Credentials): boolean {
    return who.expiresAt - this.#now() > MARGIN_MS;
  }

  #guest(name = ""): Promise<Credentials> {
    return this.#enter("guest", name === "" ? {} : { name });
  }

  async #refresh(who: Credentials): Promise<Credentials> {
    try {
      return await this.#enter("refresh", { refreshToken: who.refreshToken });
    } catch (error) {
      if (!(error instanceof ClientError) || error.code !== "unauthorized") throw error;
      // An account's owner can sign in again; a guest pass that has run out is gone for good.
      this.#keep(null);
      if (who.user.role !== "guest") throw error;
      return await this.#guest();
    }
  }

  async #enter(how: "login" | "register" | "guest" | "refresh", body: object) {
    const pair: TokenPair = await this.#http.call({
      method: "POST",
      path: `/api/auth/${how}`,
      body,
      read: readTokens,
    });
    const who = credentialsOf(pair, this.#now());
    this.#keep(who);
    return who;
  }

  #keep(who: Credentials | null): void {
    if (who === null) this.#storage.removeItem(CREDENTIALS_KEY);
    else this.#storage.setItem(CREDENTIALS_KEY, JSON.stringify(who));
    for (const listener of this.#listeners) listener(who);
  }
}
