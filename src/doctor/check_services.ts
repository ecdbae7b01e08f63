import { z } from "zod";
import type { Config } from "../platform/config.ts";
import { silentLog } from "../platform/log.ts";
import { connectRedis, redisReady } from "../platform/redis.ts";
import { type Finding, unwell, well } from "./finding.ts";

/** How long (ms) a service may take to answer. */
const LIMIT_MS = 2000;
const START_ALL = "start everything here with ./denow task dev";

/** Whether etcd, Redis and Janus answer at the addresses that are configured. */
export function checkServices(config: Config): Promise<Finding[]> {
  return Promise.all([
    ...config.ROOMCAST_ETCD.map(checkEtcd),
    checkRedis(config.ROOMCAST_REDIS),
    checkJanus(config.ROOMCAST_JANUS_URL),
  ]);
}

const Health = z.object({ health: z.coerce.string() });

async function checkEtcd(url: string): Promise<Finding> {
  const what = "etcd reachable";
  const where = withoutSecrets(url);
  const fix = `${START_ALL}, or set ROOMCAST_ETCD`;
  try {
    const response = await fetch(new URL("/health", url), {
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    const { health } = Health.parse(await response.json());
    return health === "true"
      ? well(what, where)
      : unwell(what, `${where} says it is not healthy`, "look at its log: it may have no leader");
  } catch {
    return unwell(what, `nothing answers at ${where}`, fix);
  }
}

async function checkRedis(url: string): Promise<Finding> {
  const where = withoutSecrets(url);
  const connection = connectRedis(url, silentLog());
  try {
    await redisReady(connection, LIMIT_MS);
    await connection.client.ping();
    return well("Redis reachable", where);
  } catch {
    return unwell(
      "Redis reachable",
      `nothing answers at ${where}`,
      `${START_ALL}, or set ROOMCAST_REDIS`,
    );
  } finally {
    await connection.stop();
  }
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
