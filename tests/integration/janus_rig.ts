import { startEtcd } from "../../deploy/local/etcd.ts";
import { type LocalJanus, startJanus } from "../../deploy/local/janus.ts";
import { freePort } from "../../deploy/local/ports.ts";
import type { NodeInfo } from "../../src/contracts/node.ts";
import type { LiveMeta, MixerObserved } from "../../src/contracts/room.ts";
import { connectEtcd, EtcdStore } from "../../src/coordination/etcd.ts";
import { NodeStore } from "../../src/coordination/nodes.ts";
import { RoomStore, type VersionedRoom } from "../../src/coordination/rooms.ts";
import { connectJanus } from "../../src/platform/janus/connect.ts";
import { readConfig } from "../../src/platform/config.ts";
import { silentLog } from "../../src/platform/log.ts";

const SECRETS = { apiSecret: "api-secret", adminKey: "admin-key" };

/** A real etcd and a real Janus, what the test sees of both, and how it plays the other parts. */
export async function startRig() {
  const dir = await Deno.makeTempDir();
  const wsPort = freePort();
  const rtpMin = 20_300 + (Deno.pid % 50) * 20;
  const boot = (): Promise<LocalJanus> =>
    startJanus({
      ...SECRETS,
      dir: `${dir}/janus`,
      wsPort,
      rtpMin,
      rtpMax: rtpMin + 19,
      logFile: `${dir}/janus.log`,
    });
  const [etcd, first] = await Promise.all([
    startEtcd({
      dir: `${dir}/etcd`,
      clientPort: freePort(),
      peerPort: freePort(),
      logFile: `${dir}/etcd.log`,
    }),
    boot(),
  ]);
  let janus = first;
  const client = connectEtcd([etcd.url]);
  const store = new EtcdStore(client);
  const rooms = new RoomStore({ store, log: silentLog() });
  const nodes = new NodeStore({ store, log: silentLog() });
  await Promise.all([rooms.start(), nodes.start()]);

  return {
    etcd,
    client,
    rooms,
    nodes,
    config: readConfig({
      ROOMCAST_NODE_ID: "j1",
      ROOMCAST_ETCD: etcd.url,
      ROOMCAST_JANUS_URL: first.url,
      ROOMCAST_JANUS_HTTP_PORT: "0",
      ROOMCAST_JANUS_API_SECRET: SECRETS.apiSecret,
      ROOMCAST_JANUS_ADMIN_KEY: SECRETS.adminKey,
    }),
    janusOptions: { url: first.url, ...SECRETS },
    connect: () => connectJanus({ url: first.url, ...SECRETS }),
    janus: () => janus,
    /** SIGKILL, then a new one at the same address. */
    async restartJanus() {
      janus.kill("SIGKILL");
      await janus.ended;
      janus = await boot();
    },
    async putLive(id: string, change: Partial<LiveMeta> = {}) {
      await client.put(`/rooms/${id}/livemeta`).value(JSON.stringify({ ...LIVE, ...change }));
    },
    async put(key: string, value: unknown) {
      await client.put(key).value(JSON.stringify(value));
    },
    async putMixer(id: string, change: Partial<MixerObserved> = {}) {
      await client.put(`/rooms/${id}/mixer`).value(JSON.stringify({ ...MIXER, ...change }));
    },
    /** Resolves with the room when etcd says of it what `test` wants to hear. */
    roomIs(id: string, test: (room: VersionedRoom) => boolean): Promise<VersionedRoom> {
      const { promise, resolve } = Promise.withResolvers<VersionedRoom>();
      const look = () => test(rooms.get(id)) && resolve(rooms.get(id));
      const end = rooms.onChange(look);
      look();
      return promise.finally(end);
    },
    /** Resolves when the node's key says what `test` wants to hear. */
    nodeIs(id: string, test: (info: NodeInfo | null) => boolean): Promise<NodeInfo | null> {
      const { promise, resolve } = Promise.withResolvers<NodeInfo | null>();
      const look = () => test(nodes.get("janus", id)) && resolve(nodes.get("janus", id));
      const end = nodes.onChange(look);
      look();
      return promise.finally(end);
    },
    async stop() {
      await Promise.all([rooms.stop(), nodes.stop()]);
      await store.stop();
      await Promise.all([etcd.stop(), janus.stop()]);
      await Deno.remove(dir, { recursive: true });
    },
  };
}
export type Rig = Awaited<ReturnType<typeof startRig>>;

export const LIVE: LiveMeta = {
  status: "onair",
  epoch: 1,
  liveId: "livelive1",
  live: 1,
  startedAt: 1_700_000_000_000,
  mediaSequence: 0,
  partFrames: 10,
  janusId: "j1",
  mixerId: "m1",
  standbyId: null,
};

export const MIXER: MixerObserved = {
  epoch: 1,
  mixerId: "m1",
  liveId: "livelive1",
  status: "listening",
  ip: "127.0.0.1",
  port: 39_000,
  origin: "http://127.0.0.1:3001",
};
