import { Redis, type RedisOptions } from "ioredis";
import { AppError } from "../contracts/errors.ts";
import type { Log } from "./log.ts";
import type { Running } from "./lifecycle.ts";
import type { RedisAccess } from "./redis_access.ts";

export type { Redis };

export interface RedisConnection extends Running {
  readonly client: Redis;
  /** Null when connected; else why not. */
  unhealthy(): string | null;
}

/**
 * A connection for request paths: a command fails fast (2 s) instead of waiting for a lost server, and the
 * connection comes back by itself.
 *
 * @param blocking True for a connection of its own for `XREAD BLOCK`: its commands have no time limit.
 */
export function connectRedis(
  access: RedisAccess | string,
  log: Log,
  blocking = false,
): RedisConnection {
  const { url, ...rest } = typeof access === "string" ? { url: access, ...BARE } : access;
  const client = new Redis(url, {
    ...credentials(rest),
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
    connectTimeout: 3000,
    keepAlive: 5000,
    ...(blocking ? {} : { commandTimeout: 2000 }),
    retryStrategy: (attempt) => Math.min(100 * attempt, 2000),
  });
  let down: string | null = NOT_YET;
  client.on("ready", () => {
    down = null;
  });
  client.on("error", (err: Error) => {
    // The error itself holds the command it is about: AUTH, with the password.
    if (down === null || down === NOT_YET) log.warn({ reason: err.message }, "Redis is away");
    down = /^(WRONGPASS|NOAUTH|NOPERM)\b/.test(err.message)
      ? `Redis refuses us: ${err.message}`
      : "Redis cannot be reached";
  });
  client.on("close", () => {
    down ??= "the connection to Redis closed";
  });
  return {
    client,
    unhealthy: () => down,
    stop: () => {
      client.disconnect();
      return Promise.resolve();
    },
  };
}

const NOT_YET = "Redis is not connected yet";
const BARE = { user: "", password: "", tls: null } as const;

function credentials({ user, password, tls }: Omit<RedisAccess, "url">): Pick<
  RedisOptions,
  "username" | "password" | "tls"
> {
  return {
    ...(user === "" ? {} : { username: user }),
    ...(password === "" ? {} : { password }),
    ...(tls === null ? {} : {
      tls: {
        ...(tls.ca === "" ? {} : { ca: tls.ca }),
        ...(tls.cert === "" ? {} : { cert: tls.cert, key: tls.key }),
      },
    }),
  };
}

/** Waits until the connection is ready, or throws `unavailable` after `timeoutMs`. */
export async function redisReady(connection: RedisConnection, timeoutMs = 5000): Promise<void> {
  const { client } = connection;
  if (client.status === "ready") return;
  const { host, port } = client.options;
  const why = () => connection.unhealthy() ?? "Redis cannot be reached";
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new AppError("unavailable", `${why()} at ${host}:${port}`)),
      timeoutMs,
    );
    client.once("ready", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/**
 * Runs a Redis call of a request.
 *
 * @throws AppError `unavailable` (retry in 2 s) when Redis is away; Error when it refuses the command as wrong, which
 * is a fault of ours or a key that somebody else wrote.
 */
export async function onRedis<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    const refusal = refusalOf(cause);
    if (refusal !== null) throw new Error(`Redis refused a command: ${refusal}`);
    throw new AppError("unavailable", "Redis cannot be reached", { cause, retryAfterS: 2 });
  }
}

/**
 * What Redis says of a command that can never work, or null for any other error. Only the sentence is taken: the error
 * itself, and what follows "with args", carry the command's arguments, which must not reach a log.
 */
function refusalOf(cause: unknown): string | null {
  if (!(cause instanceof Error) || cause.name !== "ReplyError") return null;
  if (!/^(ERR|WRONGTYPE) /.test(cause.message)) return null;
  return cause.message.split(", with args")[0]?.slice(0, 200) ?? null;
}
