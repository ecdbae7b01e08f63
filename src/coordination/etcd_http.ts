import { z } from "zod";
import type { EtcdAccess } from "./etcd_access.ts";

/** etcd answered, and refused: `message` says what. */
export class EtcdRefusal extends Error {
  override readonly name = "EtcdRefusal";
}

const Token = z.object({ token: z.string() });

/**
 * etcd's health endpoint and JSON gateway, for who needs no client: a launcher, the doctor. The gateway refuses everybody
 * whose certificate has a common name.
 *
 * @example
 * ```ts
 * using etcd = new EtcdHttp(access);
 * await etcd.ask("/v3/kv/range", { key: btoa("/nodes/") });
 * ```
 */
export class EtcdHttp implements Disposable {
  readonly #client: Deno.HttpClient | null;
  readonly #host: string;
  #token: string | null = null;

  /** Asks one endpoint, the first unless another is named. */
  constructor(private readonly access: EtcdAccess, host: string = access.hosts[0] ?? "") {
    const { tls } = access;
    this.#host = host;
    this.#client = tls === null ? null : Deno.createHttpClient({
      ...(tls.ca === "" ? {} : { caCerts: [tls.ca] }),
      ...(tls.cert === "" ? {} : { cert: tls.cert, key: tls.key }),
    });
  }

  /** GET without a body, POST with one; gives the JSON that came, as our user if we have one. @throws EtcdRefusal */
  async ask(path: string, body?: unknown, limitMs = 2000): Promise<unknown> {
    const signal = AbortSignal.timeout(limitMs);
    const { user } = this.access;
    if (user === null || body === undefined) return await this.#send(path, body, {}, signal);
    const { name, password } = user;
    this.#token ??= Token.parse(
      await this.#send("/v3/auth/authenticate", { name, password }, {}, signal),
    ).token;
    try {
      return await this.#send(path, body, { authorization: this.#token }, signal);
    } catch (err) {
      // It may have run out.
      this.#token = null;
      throw err;
    }
  }

  async #send(
    path: string,
    body: unknown,
    headers: Record<string, string>,
    signal: AbortSignal,
  ): Promise<unknown> {
    const response = await fetch(new URL(path, this.#host), {
      ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
      ...(this.#client === null ? {} : { client: this.#client }),
      headers,
      signal,
    });
    if (response.ok) return await response.json();
    const said = await response.text();
    throw new EtcdRefusal(Refusal.safeParse(parseJson(said)).data?.error ?? `${response.status}`);
  }

  [Symbol.dispose](): void {
    this.#client?.close();
  }
}

const Refusal = z.object({ error: z.string() });

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
