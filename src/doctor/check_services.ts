import { z } from "zod";
import { NODES_PREFIX } from "../contracts/keys.ts";
import { type EtcdAccess, etcdAccess } from "../coordination/etcd_access.ts";
import { connectEtcd, EtcdStore } from "../coordination/etcd.ts";
import { EtcdHttp } from "../coordination/etcd_http.ts";
import { StoreError } from "../coordination/store.ts";
import type { Config } from "../platform/config.ts";
import { silentLog } from "../platform/log.ts";
import { connectRedis, redisReady } from "../platform/redis.ts";
import { redisAccess } from "../platform/redis_access.ts";
import { type Finding, unwell, well } from "./finding.ts";

/** How long (ms) a service may take to answer. */
const LIMIT_MS = 2000;
const START_ALL = "start everything here with ./denow task dev";

/** Whether etcd, Redis and Janus answer at the addresses that are configured. */
export function checkServices(config: Config): Promise<Finding[]> {
  return Promise.all([
    ...config.ROOMCAST_ETCD.map((url) => checkEtcd(etcdAccess(config), url)),
    checkRedis(config),
    checkJanus(config.ROOMCAST_JANUS_URL),
  ]);
}

const Health = z.object({ health: z.coerce.string() });

async function checkEtcd(access: EtcdAccess, url: string): Promise<Finding> {
  const what = "etcd reachable";
  const where = withoutSecrets(url);
  using etcd = new EtcdHttp(access, url);
  try {
    const { health } = Health.parse(await etcd.ask("/health", undefined, LIMIT_MS));
    if (health !== "true") {
      return unwell(
        what,
        `${where} says it is not healthy`,
        "look at its log: it may have no leader",
      );
    }
    await mayRead({ ...access, hosts: [url] });
    return well(what, where);
  } catch (err) {
    if (err instanceof StoreError) {
      const fix = "look at ROOMCAST_ETCD_USER, its password, and its role in etcd";
      return unwell(what, `${where}: ${err.message}`, fix);
    }
    const tls = tlsTrouble(url, err);
    if (tls !== null) {
      const fix = "look at ROOMCAST_ETCD_CA, _CERT and _KEY";
      return unwell(what, `no TLS with ${where}: ${tls}`, fix);
    }
    return unwell(what, `nothing answers at ${where}`, `${START_ALL}, or set ROOMCAST_ETCD`);
  }
}

/** @throws StoreError when our user may not read what Roomcast keeps there. */
async function mayRead(access: EtcdAccess): Promise<void> {
  const store = new EtcdStore(connectEtcd(access));
  try {
    await store.list(NODES_PREFIX);
  } finally {
    await store.stop();
  }
}

async function checkRedis(config: Config): Promise<Finding> {
  const what = "Redis reachable";
  const where = withoutSecrets(config.ROOMCAST_REDIS);
  const connection = connectRedis(redisAccess(config), silentLog());
  const away = Promise.withResolvers<never>();
  connection.client.on("error", (err) => away.reject(err));
  try {
    await Promise.race([redisReady(connection, LIMIT_MS), away.promise]);
    await connection.client.ping();
    return well(what, where);
  } catch (err) {
    const said = err instanceof Error ? err.message : "";
    if (/^(WRONGPASS|NOAUTH|NOPERM)\b/.test(said)) {
      const fix = "look at ROOMCAST_REDIS_USER, its password, and its rights in Redis";
      return unwell(what, `${where} refuses us: ${said}`, fix);
    }
    const tls = tlsTrouble(config.ROOMCAST_REDIS, err);
    if (tls !== null) {
      return unwell(
        what,
        `no TLS with ${where}: ${tls}`,
        "look at ROOMCAST_REDIS_CA, _CERT and _KEY",
      );
    }
    return unwell(what, `nothing answers at ${where}`, `${START_ALL}, or set ROOMCAST_REDIS`);
  } finally {
    await connection.stop();
  }
}

/** Why something listens at a TLS address and yet no connection comes of it; null: nothing listens there. */
function tlsTrouble(address: string, err: unknown): string | null {
  if (!/^(https|rediss):/.test(address)) return null;
  let deepest = err;
  while (deepest instanceof Error && deepest.cause instanceof Error) deepest = deepest.cause;
  const said = deepest instanceof Error ? deepest.message : String(deepest);
  if (/refused|timed out|dns|lookup|unreachable|in time/i.test(said)) return null;
  return (said.split(": ").slice(-2).join(": ") || "it ends the connection").slice(0, 200);
}

const Info = z.object({ janus: z.literal("server_info"), version_string: z.string() });

async function checkJanus(url: string): Promise<Finding> {
  const where = withoutSecrets(url);
  try {
    return well("Janus reachable", `${where} (${await janusVersion(url)})`);
  } catch {
    return unwell(
      "Janus reachable",
      `nothing answers as Janus at ${where}`,
      `${START_ALL}, or set ROOMCAST_JANUS_URL`,
    );
  }
}

/** Asks with the one request that needs no secret. */
async function janusVersion(url: string): Promise<string> {
  const socket = new WebSocket(url, "janus-protocol");
  const signal = AbortSignal.timeout(LIMIT_MS);
  try {
    return await new Promise((resolve, reject) => {
      signal.onabort = () => reject(signal.reason);
      socket.onerror = reject;
      socket.onopen = () => socket.send(JSON.stringify({ janus: "info", transaction: "doctor" }));
      socket.onmessage = ({ data }) => {
        const info = Info.safeParse(JSON.parse(String(data)));
        if (info.success) resolve(info.data.version_string);
        else reject(new Error("not a Janus"));
      };
    });
  } finally {
    socket.close();
  }
}

function withoutSecrets(text: string): string {
  const url = new URL(text);
  url.username = "";
  url.password = "";
  url.search = "";
  return url.href;
}
