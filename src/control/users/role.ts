import { Lifecycle, type Running } from "../../platform/lifecycle.ts";
import type { Log } from "../../platform/log.ts";
import { checkMetrics } from "../../platform/checks.ts";
import { serveHttp } from "../../platform/http.ts";
import { trustedProxies } from "../../platform/client_address.ts";
import { connectRedis, type Redis, redisReady } from "../../platform/redis.ts";
import { redisAccess } from "../../platform/redis_access.ts";
import type { StartRole } from "../../platform/role.ts";
import { usersApp } from "./app.ts";
import { readOrMakeKeyRing } from "./key_store.ts";
import { Passwords } from "./passwords.ts";
import { rotateOldKeys } from "./rotate_keys.ts";

/** How often (ms) the age of the signing key is looked at. */
const KEY_CHECK_MS = 60 * 60 * 1000;

/** Starts the User Service. */
export const startUsers: StartRole = async ({ config, log }) => {
  const parts = new Lifecycle(log);
  try {
    const redis = parts.add("redis", connectRedis(redisAccess(config), log));
    await redisReady(redis);
    await readOrMakeKeyRing(redis.client, Date.now());
    const passwords = new Passwords();
    await passwords.prepare();
    const { app, health } = usersApp({
      ...{ redis, log, passwords },
      guests: config.ROOMCAST_GUESTS,
      proxies: trustedProxies(config.ROOMCAST_TRUSTED_PROXIES),
      corsOrigins: config.ROOMCAST_CORS_ORIGINS,
    });
    parts.add("checks", checkMetrics(health));
    const server = parts.add(
      "http",
      serveHttp(
        { hostname: config.ROOMCAST_BIND, port: config.ROOMCAST_USERS_PORT },
        (request, info) => app.fetch(request, info),
      ),
    );
    parts.add("key rotation", rotateByAge(redis.client, log));
    return {
      url: `http://${config.ROOMCAST_ADVERTISE}:${server.port}`,
      stop: () => parts.stop(),
    };
  } catch (err) {
    await parts.stop();
    throw err;
  }
};

function rotateByAge(redis: Redis, log: Log): Running {
  const look = async () => {
    try {
      const kid = await rotateOldKeys(redis);
      if (kid !== null) log.info({ kid }, "new signing key");
    } catch (err) {
      log.warn({ err }, "cannot look at the age of the signing key; will look again");
    }
  };
  void look();
  const timer = setInterval(look, KEY_CHECK_MS);
  return {
    stop: () => {
      clearInterval(timer);
      return Promise.resolve();
    },
  };
}
