import type { Hono } from "hono";
import { freePort } from "../../deploy/local/ports.ts";
import { type LocalRedis, startRedis } from "../../deploy/local/redis.ts";
import { createUsersApp, type UsersAppOptions } from "../../src/control/users/app.ts";
import { TokenPair } from "../../src/contracts/users.ts";
import { silentLog } from "../../src/platform/log.ts";
import { connectRedis, type RedisConnection, redisReady } from "../../src/platform/redis.ts";

/** One Redis, and User Services over it. */
export class UsersHarness {
  readonly #connections: RedisConnection[] = [];
  readonly #dir = Deno.makeTempDirSync();
  readonly #port = freePort();
  readonly url = `redis://127.0.0.1:${this.#port}`;
  #server: LocalRedis | undefined;

  /** Starts Redis, or starts it again with the data it had. */
  async start(): Promise<void> {
    const logFile = `${this.#dir}/redis.log`;
    this.#server = await startRedis({ dir: this.#dir, port: this.#port, logFile });
  }

  async connect(): Promise<RedisConnection> {
    const connection = connectRedis(this.url, silentLog());
    this.#connections.push(connection);
    await redisReady(connection);
    return connection;
  }

  /** An instance of the service with a connection of its own. */
  async service(options: Partial<UsersAppOptions> = {}): Promise<Service> {
    const redis = options.redis ?? await this.connect();
    return new Service(
      createUsersApp({ log: silentLog(), guests: true, ...options, redis }),
      redis,
    );
  }

  async killRedis(): Promise<void> {
    this.#server?.kill("SIGKILL");
    await this.#server?.ended;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#connections.map((connection) => connection.stop()));
    await this.#server?.stop();
    await Deno.remove(this.#dir, { recursive: true });
  }
}

let addresses = 0;

/** An address that no request came from before, so that tests do not share limits. */
export function newAddress(): string {
  addresses++;
  return `10.0.${addresses >> 8}.${addresses & 255}`;
}

export class Service {
  readonly #address = newAddress();

  constructor(readonly app: Hono, readonly redis: RedisConnection) {}

  /** Posts JSON from an address; a string is sent as it is. */
  async post(path: string, body: unknown, address = this.#address): Promise<Response> {
    return await this.app.request(
      path,
      {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: typeof body === "string" ? body : JSON.stringify(body),
      },
      { remoteAddr: { transport: "tcp", hostname: address, port: 1 } },
    );
  }

  async me(token: string): Promise<Response> {
    return await this.app.request("/api/auth/me", {
      headers: { authorization: `Bearer ${token}` },
    });
  }

  /** Posts, and takes the token pair it must answer with. */
  async pair(path: string, body: unknown = {}): Promise<TokenPair> {
    const response = await this.post(path, body);
    if (!response.ok) throw new Error(`${path} answered ${await response.text()}`);
    return TokenPair.parse(await response.json());
  }

  async register(login: string, password = PASSWORD): Promise<TokenPair> {
    return await this.pair("/api/auth/register", { login, password });
  }

  async refresh(refreshToken: string): Promise<Response> {
    return await this.post("/api/auth/refresh", { refreshToken });
  }
}

export const PASSWORD = "correct horse battery";

/** A new login name. */
export function newLogin(): string {
  return `user-${crypto.randomUUID().slice(0, 8)}`;
}

/** The status and the code of a problem. */
export async function problemOf(response: Response): Promise<[number, string]> {
  const { code } = await response.json();
  return [response.status, String(code)];
}
