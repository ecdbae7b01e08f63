import { Redis } from "ioredis";
import { AppError } from "../contracts/errors.ts";
import type { Log } from "./log.ts";
import type { Running } from "./lifecycle.ts";

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
export function connectRedis(url: string, log: Log, blocking = false): RedisConnection {
  const client = new Redis(url, {
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
    connectTimeout: 3000,
    keepAlive: 5000,
    ...(blocking ? {} : { commandTimeout: 2000 }),
    retryStrategy: (attempt) => Math.min(100 * attempt, 2000),
  });
  let down: string | null = "Redis is not connected yet";
  client.on("ready", () => {
    down = null;
  });
  client.on("error", (err) => {
    if (down === null) log.warn({ err }, "Redis is away");
    down = "Redis cannot be reached";
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

/** Waits until the connection is ready, or throws `unavailable` after `timeoutMs`. */
export async function redisReady(connection: RedisConnection, timeoutMs = 5000): Promise<void> {
  const { client } = connection;
  if (client.status === "ready") return;
  const { host, port } = client.options;
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new AppError("unavailable", `Redis cannot be reached at ${host}:${port}`)),
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
