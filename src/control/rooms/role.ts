import { DrainStore } from "../../coordination/drains.ts";
import { connectEtcd, EtcdStore } from "../../coordination/etcd.ts";
import { etcdAccess } from "../../coordination/etcd_access.ts";
import { LinkKeyStore } from "../../coordination/link_keys.ts";
import { NodeStore } from "../../coordination/nodes.ts";
import { RoomStore } from "../../coordination/rooms.ts";
import { SuspicionStore } from "../../coordination/suspicions.ts";
import { checkMetrics, healthOf } from "../../platform/checks.ts";
import { serveHttp } from "../../platform/http.ts";
import { trustedProxies } from "../../platform/client_address.ts";
import { createTokenVerifier, remoteKeys } from "../../platform/jwt.ts";
import { inTime } from "../../platform/in_time.ts";
import { Lifecycle } from "../../platform/lifecycle.ts";
import type { RoleContext, RunningRole, StartRole } from "../../platform/role.ts";
import { AdminDesk } from "../admin/admin_desk.ts";
import { DrainSweeper } from "../placement/drain_sweeper.ts";
import { startPlacement } from "../placement/start.ts";
import { startWebhooks } from "../webhooks/start.ts";
import { createRoomsApp } from "./app.ts";
import { fleetMetrics } from "./fleet_metrics.ts";
import { Janitor } from "./janitor.ts";
import { LinkService } from "./link_service.ts";
import { LiveService } from "./live_service.ts";
import { roomOperations } from "./operations.ts";
import { RoomIndex } from "./room_index.ts";
import { RoomService } from "./room_service.ts";
import { RoomWriter } from "./room_writer.ts";
import { StartWatch } from "./start_watch.ts";
import { StreamKeyService } from "./stream_key_service.ts";

/** How long (ms) the first listing of etcd may take. */
const FIRST_LISTING_MS = 15_000;

/** Starts the Room Manager with its Resource Manager. */
export const startRooms: StartRole = async (context) => {
  const parts = new Lifecycle(context.log);
  try {
    return await startParts(context, parts);
  } catch (cause) {
    await parts.stop();
    throw cause;
  }
};

async function startParts({ config, log }: RoleContext, parts: Lifecycle): Promise<RunningRole> {
  const store = parts.add("etcd", new EtcdStore(connectEtcd(etcdAccess(config))));
  const rooms = parts.add("room store", new RoomStore({ store, log }));
  const nodes = parts.add("node store", new NodeStore({ store, log }));
  const suspicions = parts.add("suspicion store", new SuspicionStore({ store, log }));
  const drains = parts.add("drain orders", new DrainStore({ store, log }));
  const linkKeys = parts.add("link keys", new LinkKeyStore({ store, log }));
  await inTime(
    Promise.all([rooms, nodes, suspicions, drains, linkKeys].map((part) => part.start())),
    FIRST_LISTING_MS,
    `Cannot start rooms: etcd does not answer at ${config.ROOMCAST_ETCD.join(", ")}`,
  );

  const writer = new RoomWriter(rooms);
  const desk = parts.add("admin desk", new AdminDesk(config, log));
  const events = desk.sink;
  const placement = { store, rooms, nodes, suspicions, writer, log, events };
  const { resources, lookout } = parts.add("placement", startPlacement(placement));
  parts.add("drain sweeper", new DrainSweeper({ drains, lookout, log }));
  const index = parts.add("room index", new RoomIndex(rooms));
  parts.add("janitor", new Janitor({ rooms, nodes, log }));
  parts.add("fleet metrics", fleetMetrics(rooms, nodes));
  const starts = parts.add("start watch", new StartWatch(rooms, nodes));
  const onStarted: StartWatch["begun"] = (started) => starts.begun(started);
  const partFrames = config.ROOMCAST_PART_FRAMES;
  const webhooks = parts.add("webhooks", startWebhooks({ config, rooms, nodes, log }));
  const live = new LiveService({
    ...{ writer, nodes, placer: resources, log, partFrames, onStarted, events },
  });
  const around = { store, rooms, nodes, drains, suspicions, lookout, resources, index, live };
  const admin = desk.open(around);
  const roomService = new RoomService({ rooms, index, writer, nodes, log });
  const operations = roomOperations({
    ...{ rooms: roomService, live, admin },
    links: new LinkService({ keys: linkKeys, read: (id) => writer.read(id), log }),
    streamKeys: new StreamKeyService({ writer, log }),
    webhooks: webhooks.operations,
  });
  const keys = remoteKeys(config.ROOMCAST_USERS_URL);
  const verifier = createTokenVerifier(keys);
  const health = healthOf("rooms", {
    etcd: () => rooms.unhealthy() ?? nodes.unhealthy(),
    redis: () => webhooks.unhealthy(),
    key_set: () => keys.unhealthy(),
  });
  parts.add("checks", checkMetrics(health));
  const app = createRoomsApp({
    operations,
    events: { admin, feed: desk.feed },
    ...{ verifier, log, health },
    proxies: trustedProxies(config.ROOMCAST_TRUSTED_PROXIES),
    corsOrigins: config.ROOMCAST_CORS_ORIGINS,
  });
  const hostname = config.ROOMCAST_BIND;
  const address = { hostname, port: config.ROOMCAST_ROOMS_PORT };
  const server = parts.add(
    "http",
    serveHttp(address, (request, info) => app.fetch(request, info)),
  );
  // Before the server, which waits for the answers under way: these end only when they are told to.
  parts.add("event streams", desk.feed);
  return { url: `http://${hostname}:${server.port}`, stop: () => parts.stop() };
}
