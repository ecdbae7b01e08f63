import type { Config } from "./config.ts";

/** How Redis is reached. */
export interface RedisAccess {
  readonly url: string;
  /** Over what the URL says, unless empty. */
  readonly user: string;
  readonly password: string;
  /** PEM texts; "" where there is none. Null: a plain connection. */
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string } | null;
}

/** The way to Redis that the settings name. */
export function redisAccess(config: Config): RedisAccess {
  return {
    url: config.ROOMCAST_REDIS,
    user: config.ROOMCAST_REDIS_USER,
    password: config.ROOMCAST_REDIS_PASSWORD,
    tls: config.ROOMCAST_REDIS.startsWith("rediss:")
      ? {
        ca: config.ROOMCAST_REDIS_CA,
        cert: config.ROOMCAST_REDIS_CERT,
        key: config.ROOMCAST_REDIS_KEY,
      }
      : null,
  };
}
