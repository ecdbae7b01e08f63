import { connectEtcd, EtcdStore } from "../../coordination/etcd.ts";
import { etcdAccess } from "../../coordination/etcd_access.ts";
import { LinkKeyStore } from "../../coordination/link_keys.ts";
import { RoomStore } from "../../coordination/rooms.ts";
import { Witness } from "../../coordination/suspicions.ts";
import { randomId } from "../../contracts/ids.ts";
import { checkMetrics, healthOf } from "../../platform/checks.ts";
import { createApp, serveHttp } from "../../platform/http.ts";
import { Lifecycle } from "../../platform/lifecycle.ts";
import { connectRedis } from "../../platform/redis.ts";
import { redisAccess } from "../../platform/redis_access.ts";
import type { RoleContext, RunningRole } from "../../platform/role.ts";
import { VERSION } from "../../platform/version.ts";
import { Audience } from "./audience.ts";
import { Admission } from "./admission.ts";
import { Edge } from "./edge.ts";
import { OriginHealth } from "./origin_health.ts";
import { OriginResolver } from "./resolver.ts";
import { StatsWriter } from "./stats_writer.ts";

/** Starts the edge: HLS for listeners, from memory. */
export async function startEdge({ config, log }: RoleContext): Promise<RunningRole> {
  const parts = new Lifecycle(log);
  try {
    const store = parts.add("etcd", new EtcdStore(connectEtcd(etcdAccess(config))));
    const rooms = parts.add("rooms", new RoomStore({ store, log }));
    // An edge is up before etcd is: it answers 503 until it has read the rooms.
    void rooms.start().catch(() => {});
    const client = connectEtcd(etcdAccess(config));
    parts.add("witness's etcd", { stop: () => Promise.resolve(client.close()) });
    const reporter = reporterOf(config.ROOMCAST_NODE_ID);
    const witness = parts.add("witness", new Witness({ client, reporter, witness: "edge" }));
    const health = parts.add("health", new OriginHealth(witness));
    const resolver = parts.add("resolver", new OriginResolver(rooms));
    const keys = parts.add("link keys", new LinkKeyStore({ store, log }));
    void keys.start().catch(() => {});
    const admission = parts.add("admission", new Admission({ rooms, keys }));
    const audience = new Audience();
    const origins = config.ROOMCAST_HLS_ORIGINS;
    const edge = parts.add(
      "edge",
      new Edge({ resolver, health, admission, audience, origins, log }),
    );
    // Only for the charts of admins: an edge works as well without.
    const redis = parts.add("redis", connectRedis(redisAccess(config), log));
    const card = { id: reporter, version: VERSION };
    parts.add("stats", new StatsWriter({ redis: redis.client, card, audience, log }));
    const readiness = healthOf("edge", {
      rooms: () => rooms.synced ? null : "the rooms have not been read yet",
      etcd: () => rooms.unhealthy(),
    });
    parts.add("checks", checkMetrics(readiness));
    const app = createApp(log, readiness);
    const server = parts.add(
      "server",
      serveHttp(
        { hostname: config.ROOMCAST_BIND, port: config.ROOMCAST_EDGE_PORT },
        (request) =>
          new URL(request.url).pathname.startsWith("/hls/")
            ? edge.handle(request)
            : app.fetch(request),
      ),
    );
    return {
      url: `http://${config.ROOMCAST_ADVERTISE}:${server.port}`,
      stop: () => parts.stop(),
    };
  } catch (err) {
    await parts.stop();
    throw err;
  }
}

/** A name for this process as a witness: several edges may run under one node's name. */
function reporterOf(nodeId: string): string {
  const suffix = `-${randomId(8)}`;
  return nodeId.slice(0, 63 - suffix.length) + suffix;
}
