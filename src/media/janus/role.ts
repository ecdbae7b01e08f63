import { roomOfBridge } from "../../contracts/janus.ts";
import type { NodeInfo } from "../../contracts/node.ts";
import { RoomId } from "../../contracts/ids.ts";
import { DrainStore } from "../../coordination/drains.ts";
import { connectEtcd, EtcdStore } from "../../coordination/etcd.ts";
import { etcdAccess } from "../../coordination/etcd_access.ts";
import { Reconciler } from "../../coordination/reconciler.ts";
import { RoomStore } from "../../coordination/rooms.ts";
import { SuspicionStore, Witness } from "../../coordination/suspicions.ts";
import { checkMetrics, healthOf } from "../../platform/checks.ts";
import { createApp, serveHttp } from "../../platform/http.ts";
import { connectJanus } from "../../platform/janus/connect.ts";
import { Lifecycle } from "../../platform/lifecycle.ts";
import { collectValue } from "../../platform/metrics.ts";
import type { RoleContext, RunningRole, StartRole } from "../../platform/role.ts";
import { VERSION } from "../../platform/version.ts";
import { type Heartbeat, startHeartbeat } from "../../workers/heartbeat_client.ts";
import { emptied } from "../emptied.ts";
import { ClockWatch } from "./clock_watch.ts";
import { JanusLink } from "./janus_link.ts";
import { MixerProbe } from "./mixer_probe.ts";
import { originOf } from "./origin_of.ts";
import { RoomKeeper } from "./room_keeper.ts";

/** How often (ms) every room is looked at again, whatever was or was not heard of it. */
const SWEEP_MS = 30_000;

/**
 * Starts the Janus Manager: it keeps one Janus as etcd wants it, and the node's lease. A Janus that is away is no
 * reason not to start: the node says that it is unhealthy until Janus answers.
 */
export const startJanusManager: StartRole = async (context) => {
  const parts = new Lifecycle(context.log);
  try {
    return await start(parts, context);
  } catch (err) {
    await parts.stop();
    throw err;
  }
};

async function start(parts: Lifecycle, { config, log }: RoleContext): Promise<RunningRole> {
  const self = config.ROOMCAST_NODE_ID;
  const startedAt = Date.now();
  const client = connectEtcd(etcdAccess(config));
  const store = parts.add("etcd", new EtcdStore(client));
  const rooms = new RoomStore({ store, log });
  const drains = new DrainStore({ store, log });
  const suspicions = new SuspicionStore({ store, log });
  const hosted: { heartbeat?: Heartbeat; draining: boolean } = { draining: false };

  const link = new JanusLink({
    connect: connectJanus,
    janus: {
      url: config.ROOMCAST_JANUS_URL,
      apiSecret: config.ROOMCAST_JANUS_API_SECRET,
      adminKey: config.ROOMCAST_JANUS_ADMIN_KEY,
      rtpParticipants: config.ROOMCAST_JANUS_RTP_PARTICIPANTS,
    },
    log,
    onChange: () => void sweep(),
    onHealth: () => hosted.heartbeat?.refresh(),
  });
  const keeper = new RoomKeeper({ self, rooms, janus: link, log });
  const reconciler = new Reconciler({
    reconcile: (key) => keeper.reconcile(RoomId.parse(key)),
    live: (key) => rooms.get(RoomId.parse(key)).livemeta,
    log,
  });

  const sweep = async () => {
    try {
      for (const name of await link.bridge()?.listRooms() ?? []) {
        const id = roomOfBridge(name);
        if (id === null) continue;
        keeper.found(id);
        reconciler.enqueue(id);
      }
    } catch (err) {
      log.warn({ err }, "the rooms on Janus could not be listed");
    }
    for (const id of rooms.ids()) reconciler.enqueue(id);
  };
  const load = () => rooms.ids().filter((id) => rooms.get(id).livemeta?.janusId === self).length;
  const info = (): NodeInfo => ({
    id: self,
    kind: "janus",
    version: VERSION,
    url: config.ROOMCAST_JANUS_URL,
    capacity: config.ROOMCAST_JANUS_CAPACITY,
    load: load(),
    draining: hosted.draining || drains.get("janus", self) !== null,
    unhealthy: link.unhealthy(),
    startedAt,
  });

  const health = healthOf("janus", {
    etcd: () => rooms.unhealthy(),
    janus: () => link.unhealthy(),
    lease: () => hosted.heartbeat?.unhealthy() ?? (hosted.heartbeat ? null : "not announced yet"),
  });
  parts.add("checks", checkMetrics(health));
  const address = { hostname: config.ROOMCAST_BIND, port: config.ROOMCAST_JANUS_HTTP_PORT };
  const server = parts.add("http", serveHttp(address, createApp(log, health).fetch));
  const unmeasure = collectValue("roomcast_janus_rooms", () => keeper.load);
  parts.add("metrics", { stop: () => Promise.resolve(unmeasure()) });
  parts.add("link to Janus", link);
  await link.start();
  parts.add("drain orders", drains);
  await drains.start();
  const heartbeat = await startHeartbeat({ etcd: etcdAccess(config), log, info });
  hosted.heartbeat = parts.add("heartbeat", heartbeat);
  drains.onChange(() => heartbeat.refresh());
  rooms.onChange((id) => reconciler.enqueue(id));
  parts.add("rooms", rooms);
  await rooms.start();
  parts.add("suspicions", suspicions);
  await suspicions.start();
  // Others who witness may have this node's id: an edge, or a gateway.
  const reporter = `janus.${self}`.slice(0, 63);
  const witness = parts.add("witness", new Witness({ client, reporter, witness: "janus" }));
  const origin = (mixerId: string) => originOf(rooms, mixerId, self);
  parts.add("mixer probe", new MixerProbe({ suspicions, witness, origin }));
  parts.add("reconciler", reconciler);
  await sweep();
  // AudioBridge mixes by the wall clock: set back by 8 s, it is silent for 8 s. A new room begins at the new time.
  const onStep = (byMs: number) => {
    log.warn({ byMs }, "the clock of this machine was stepped; rooms are made anew");
    keeper.remakeAll();
    void sweep();
  };
  parts.add("clock watch", new ClockWatch({ onStep }));
  const timer = setInterval(() => void sweep(), SWEEP_MS);
  parts.add("sweep", { stop: () => Promise.resolve(clearInterval(timer)) });
  return {
    url: `http://${config.ROOMCAST_ADVERTISE}:${server.port}`,
    drain: async (limitMs) => {
      hosted.draining = true;
      heartbeat.refresh();
      await emptied(() => load() === 0 && (keeper.load === 0 || link.bridge() === null), limitMs);
    },
    stop: () => parts.stop(),
  };
}
