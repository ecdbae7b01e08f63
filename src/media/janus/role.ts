import { roomOfBridge } from "../../contracts/janus.ts";
import type { NodeInfo } from "../../contracts/node.ts";
import { RoomId } from "../../contracts/ids.ts";
import { connectEtcd, EtcdStore } from "../../coordination/etcd.ts";
import { Reconciler } from "../../coordination/reconciler.ts";
import { RoomStore } from "../../coordination/rooms.ts";
import { connectJanus } from "../../platform/janus/connect.ts";
import { Lifecycle } from "../../platform/lifecycle.ts";
import type { StartRole } from "../../platform/role.ts";
import { VERSION } from "../../platform/version.ts";
import { startHeartbeat } from "../../workers/heartbeat_client.ts";
import { JanusLink } from "./janus_link.ts";
import { RoomKeeper } from "./room_keeper.ts";

/** How often (ms) every room is looked at again, whatever was or was not heard of it. */
const SWEEP_MS = 30_000;

/**
 * Starts the Janus Manager: it keeps one Janus as etcd wants it, and the node's lease. A Janus that is away is no
 * reason not to start: the node says that it is unhealthy until Janus answers.
 */
export const startJanusManager: StartRole = async ({ config, log }) => {
  const self = config.ROOMCAST_NODE_ID;
  const startedAt = Date.now();
  const lifecycle = new Lifecycle(log);
  const store = lifecycle.add("etcd", new EtcdStore(connectEtcd(config.ROOMCAST_ETCD)));
  const rooms = new RoomStore({ store, log });

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
  });
  const keeper = new RoomKeeper({ self, rooms, janus: link, log });
  const reconciler = new Reconciler({
    reconcile: (key) => keeper.reconcile(RoomId.parse(key)),
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
  const info = (): NodeInfo => ({
    id: self,
    kind: "janus",
    version: VERSION,
    url: config.ROOMCAST_JANUS_URL,
    capacity: config.ROOMCAST_JANUS_CAPACITY,
    load: rooms.ids().filter((id) => rooms.get(id).livemeta?.janusId === self).length,
    draining: false,
    unhealthy: link.unhealthy(),
    startedAt,
  });

  try {
    lifecycle.add("link to Janus", link);
    await link.start();
    lifecycle.add("heartbeat", await startHeartbeat({ hosts: config.ROOMCAST_ETCD, log, info }));
    rooms.onChange((id) => reconciler.enqueue(id));
    lifecycle.add("rooms", rooms);
    await rooms.start();
    lifecycle.add("reconciler", reconciler);
    await sweep();
    const timer = setInterval(() => void sweep(), SWEEP_MS);
    lifecycle.add("sweep", { stop: () => Promise.resolve(clearInterval(timer)) });
  } catch (err) {
    await lifecycle.stop();
    throw err;
  }
  return { url: null, stop: () => lifecycle.stop() };
};
