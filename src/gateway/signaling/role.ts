import { randomId, type UserId } from "../../contracts/ids.ts";
import { connectEtcd, EtcdStore } from "../../coordination/etcd.ts";
import { etcdAccess } from "../../coordination/etcd_access.ts";
import { NodeStore } from "../../coordination/nodes.ts";
import { RoomStore } from "../../coordination/rooms.ts";
import { checkMetrics, healthOf } from "../../platform/checks.ts";
import { createApp, serveHttp } from "../../platform/http.ts";
import { connectJanus } from "../../platform/janus/connect.ts";
import { createTokenVerifier, remoteKeys } from "../../platform/jwt.ts";
import { Lifecycle } from "../../platform/lifecycle.ts";
import { connectRedis, redisReady } from "../../platform/redis.ts";
import { redisAccess } from "../../platform/redis_access.ts";
import type { RoleContext, RunningRole, StartRole } from "../../platform/role.ts";
import { AddressLimits } from "../whip/address_limits.ts";
import { mountWhip } from "../whip/endpoint.ts";
import { Orphans } from "../whip/orphans.ts";
import { SeatTurns } from "../whip/seat_turns.ts";
import { WhipSessions } from "../whip/sessions.ts";
import { Speakers } from "../whip/speakers.ts";
import { SeatClaims } from "./seat_claims.ts";
import { renewalMs, SeatKeeper } from "./seat_keeper.ts";
import { SeatRecords } from "./seat_records.ts";
import { Returning } from "./returning.ts";
import { abortable } from "./abortable.ts";
import { KeyedBuckets } from "../../platform/keyed_buckets.ts";
import { clientAddress, trustedProxies } from "../../platform/client_address.ts";
import { iceServers } from "../../platform/turn.ts";
import { ConnectionLocks } from "./connection_locks.ts";
import { Gateway } from "./gateway.ts";
import { JanusLinks } from "./janus_links.ts";
import { gatewayMetrics } from "./gateway_metrics.ts";
import { Joining } from "./joining.ts";
import { Methods } from "./methods.ts";
import { OPENINGS_PER_ADDRESS } from "./rate_guard.ts";
import { PinGate } from "./pin_gate.ts";
import { RoomFeed } from "./room_feed.ts";
import { RoomGate } from "./room_gate.ts";
import { RoomHub } from "./room_hub.ts";
import { RoomLog } from "./room_log.ts";
import { RoomManager } from "./room_manager.ts";

/** How long (ms) etcd may take to give the first listing. */
const START_LIMIT_MS = 10_000;
/** How long (ms) Redis may take, which can be done without. */
const REDIS_LIMIT_MS = 2000;

/** Starts a WebSocket gateway. Redis may be away: people get in, and locks and events follow. */
export const startGateway: StartRole = async (context) => {
  const parts = new Lifecycle(context.log);
  try {
    return await start(context, parts);
  } catch (err) {
    await parts.stop();
    throw err;
  }
};

async function start({ config, log }: RoleContext, parts: Lifecycle): Promise<RunningRole> {
  const gatewayId = `${config.ROOMCAST_NODE_ID}-${randomId(6)}`;
  const store = parts.add("etcd", new EtcdStore(connectEtcd(etcdAccess(config))));
  const rooms = parts.add("rooms", new RoomStore({ store, log }));
  const nodes = parts.add("nodes", new NodeStore({ store, log }));
  await listed(Promise.all([rooms.start(), nodes.start()]));

  const redis = parts.add("redis", connectRedis(redisAccess(config), log));
  const subscriber = parts.add("subscriber", connectRedis(redisAccess(config), log, true));
  const reader = parts.add("reader", connectRedis(redisAccess(config), log, true));
  await Promise.all([redis, subscriber, reader].map((one) => redisReady(one, REDIS_LIMIT_MS)))
    .catch((err) => log.warn({ err }, "starting without Redis: no locks, no room events"));

  const links = parts.add(
    "janus links",
    new JanusLinks({
      connect: connectJanus,
      apiSecret: config.ROOMCAST_JANUS_API_SECRET,
      wanted: (url) => nodes.list("janus").some((node) => node.url === url),
      log,
    }),
  );
  const warm = () => nodes.list("janus").forEach((node) => links.warm(node.url));
  const unlisten = nodes.onChange(warm);
  parts.add("warming", { stop: () => Promise.resolve(unlisten()) });
  warm();

  const roomLog = new RoomLog(redis, gatewayId);
  const feed: RoomFeed = parts.add(
    "feed",
    new RoomFeed({
      reader,
      redis,
      gatewayId,
      log,
      onEvent: (room, event) => hub.deliver(room, event),
      onRecovered: () => hub.catchUp(),
    }),
  );
  const kick: SeatKeeper["kick"] = (member, reason, rejoin) => keeper.kick(member, reason, rejoin);
  const hub = parts.add("hub", new RoomHub({ rooms, nodes, roomLog, feed, kick, log }));
  const gate = new RoomGate(rooms);
  const parkMs = config.ROOMCAST_SEAT_PARK_MS;
  const ttlMs = parkMs + renewalMs(parkMs);
  const records = new SeatRecords({ redis, roomLog, gatewayId, ttlMs });
  const keeper = new SeatKeeper({ records, links, gate, hub, roomLog, parkMs, log });
  const claims = parts.add(
    "seat claims",
    new SeatClaims({ redis, subscriber, gatewayId, keeper }),
  );
  const pins = new PinGate(redis.client);
  const returning = new Returning({ gate, nodes, links, keeper, records, roomLog, log });
  const iceServersFor = (userId: UserId) => iceServers(config, userId, Date.now());
  const seating = { gate, nodes, links, hub, keeper, returning, roomLog, log };
  const joining = new Joining({ ...seating, pins, iceServersFor });
  const roomManager = new RoomManager(config.ROOMCAST_ROOMS_URL);
  const methods = new Methods({ joining, returning, roomManager, roomLog });
  const locks = parts.add(
    "locks",
    new ConnectionLocks({
      redis,
      subscriber,
      gatewayId,
      onSuperseded: (connId) => gateway.supersede(connId),
      log,
    }),
  );
  const keys = remoteKeys(config.ROOMCAST_USERS_URL);
  const verifier = createTokenVerifier(keys);
  const origins = config.ROOMCAST_ORIGINS;
  const giveUp: SeatKeeper["leave"] = (page, fate) => keeper.leave(page, fate);
  const gateway: Gateway = new Gateway({ origins, verifier, methods, giveUp, locks, log });

  const health = healthOf("gateway", {
    open: () => gateway.stopping ? "shutting down" : null,
    rooms: () => rooms.synced ? null : "the rooms have not been read yet",
    etcd: () => rooms.unhealthy(),
    redis: () => redis.unhealthy(),
    key_set: () => keys.unhealthy(),
  });
  parts.add("checks", checkMetrics(health));
  const app = createApp(log, health);
  const proxies = trustedProxies(config.ROOMCAST_TRUSTED_PROXIES);
  const openings = new KeyedBuckets(OPENINGS_PER_ADDRESS);
  app.get("/ws", async (c) => {
    const address = clientAddress(c.env, c.req.header("x-forwarded-for"), proxies);
    openings.take(address);
    return await gateway.open(c.req.raw, address);
  });
  const speakers = new Speakers(gate, verifier);
  const whip = new WhipSessions({
    ...{ joining, returning, keeper, rooms, log },
    turns: new SeatTurns(redis),
    onHeld: (seat) => orphans.note(seat),
    connectLimitMs: config.ROOMCAST_WHIP_CONNECT_S * 1000,
    silenceLimitMs: config.ROOMCAST_WHIP_SILENCE_S * 1000,
  });
  const limits = new AddressLimits();
  mountWhip(app, { speakers, sessions: whip, limits, proxies, origins, log });
  const address = { hostname: config.ROOMCAST_BIND, port: config.ROOMCAST_GATEWAY_PORT };
  const server = parts.add(
    "server",
    serveHttp(address, (request, info) => app.fetch(request, info)),
  );
  parts.add("connections", gateway);
  parts.add("metrics", gatewayMetrics(gateway, keeper));
  // Stopped first: a page that is told to go elsewhere finds its seat ready to be claimed.
  parts.add("seats", keeper);
  parts.add("encoders", whip);
  const periodMs = Math.min(3000, Math.ceil(parkMs / 10));
  const orphans: Orphans = parts.add(
    "orphans",
    new Orphans({ redis, sessions: whip, periodMs, log }),
  );

  hub.start();
  keeper.start();
  claims.start();
  feed.start();
  locks.start();
  whip.start();
  orphans.start();
  return {
    url: `http://${config.ROOMCAST_ADVERTISE}:${server.port}`,
    stop: () => parts.stop(),
  };
}

async function listed(listing: Promise<unknown>): Promise<void> {
  const limit = new AbortController();
  const timer = setTimeout(
    () => limit.abort(new Error("Cannot start the gateway: etcd did not answer in time")),
    START_LIMIT_MS,
  );
  try {
    await abortable(listing, limit.signal);
  } finally {
    clearTimeout(timer);
  }
}
