import { freeClusterPorts } from "../../deploy/local/cluster_ports.ts";
import { type LocalEtcd, startEtcd } from "../../deploy/local/etcd.ts";
import { freePort } from "../../deploy/local/ports.ts";
import { randomId, type RoomId } from "../../src/contracts/ids.ts";
import { nodeKey, roomKey } from "../../src/contracts/keys.ts";
import { firstMediaSequence } from "../../src/contracts/media_clock.ts";
import type { NodeInfo } from "../../src/contracts/node.ts";
import type { JanusObserved, LiveMeta, MixerObserved, RoomMeta } from "../../src/contracts/room.ts";
import { connectEtcd, EtcdStore } from "../../src/coordination/etcd.ts";
import { RoomStore, type VersionedRoom } from "../../src/coordination/rooms.ts";
import { startEdge } from "../../src/gateway/edge/role.ts";
import { startMixer } from "../../src/media/mixer/role.ts";
import { readConfig } from "../../src/platform/config.ts";
import { Lifecycle } from "../../src/platform/lifecycle.ts";
import { silentLog } from "../../src/platform/log.ts";
import type { RunningRole } from "../../src/platform/role.ts";
import { tempDir } from "../support/temp_dir.ts";
import { until } from "../support/until.ts";
import { sendTone } from "./mixer_sender.ts";

/** A mixer's stream as `GET /streams` shows it. */
export interface StreamInfo {
  readonly roomId: string;
  readonly port: number;
  readonly ffmpegPid: number | null;
  readonly ffmpegRestarts: number;
  readonly flowing: boolean;
}

/** A real etcd, a mixer and edges on it, and the test in the place of Room Manager and Janus manager. */
export class MixerRig implements AsyncDisposable {
  readonly rtp = freeClusterPorts({ gateways: 0, edges: 0, mixers: 1, januses: 0 }).rtp;
  readonly #parts = new Lifecycle(silentLog());

  private constructor(
    readonly dir: string,
    /** Can be paused (SIGSTOP), or killed. */
    readonly etcd: LocalEtcd,
    readonly client: ReturnType<typeof connectEtcd>,
    readonly rooms: RoomStore,
  ) {}

  static async start(): Promise<MixerRig> {
    const dir = await tempDir();
    const etcd = await startEtcd({
      dir: `${dir.path}/etcd`,
      clientPort: freePort(),
      peerPort: freePort(),
      logFile: `${dir.path}/etcd.log`,
    });
    const client = connectEtcd([etcd.url]);
    const store = new EtcdStore(client);
    const rooms = new RoomStore({ store, log: silentLog() });
    await rooms.start();
    const rig = new MixerRig(dir.path, etcd, client, rooms);
    rig.#parts.add("dir", { stop: async () => await dir[Symbol.asyncDispose]() });
    rig.#parts.add("etcd", etcd);
    rig.#parts.add("store", store);
    rig.#parts.add("rooms", rooms);
    // Its URL tells the mixer which address RTP may come from.
    const janus = { ...NODE, id: "janus-1", kind: "janus", url: "ws://127.0.0.1:8188/" } as const;
    await rig.put(nodeKey("janus", "janus-1"), janus satisfies NodeInfo);
    return rig;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.stop();
  }

  /** Adds something that stops with the rig. */
  add<T extends { stop(): Promise<unknown> }>(running: T): T {
    this.#parts.add("test", { stop: async () => void await running.stop() });
    return running;
  }

  async mixer(id = "mixer-1", change: Record<string, string> = {}): Promise<RunningRole> {
    return this.add(await startMixer({ config: this.#config(id, change), log: silentLog() }));
  }

  async edge(): Promise<RunningRole> {
    return this.add(await startEdge({ config: this.#config("edge", {}), log: silentLog() }));
  }

  /** Puts a room on air, as the Room Manager does. */
  async start(id: RoomId, change: Partial<LiveMeta> = {}): Promise<LiveMeta> {
    const startedAt = Date.now();
    const live: LiveMeta = {
      status: "onair",
      epoch: 1,
      liveId: randomId(12),
      live: 1,
      startedAt,
      mediaSequence: firstMediaSequence(startedAt, 0),
      partFrames: 10,
      janusId: "janus-1",
      mixerId: "mixer-1",
      standbyId: null,
      ...change,
    };
    const { revisions } = await this.rooms.read(id);
    const written = await this.rooms.write(
      id,
      { livemeta: revisions.livemeta },
      { meta: meta(id, live), livemeta: live },
    );
    if (!written) throw new Error(`Somebody else wrote room ${id}`);
    return live;
  }

  /** Takes a room off the air. */
  async stop(id: RoomId): Promise<void> {
    await this.client.delete().key(roomKey(id, "livemeta"));
  }

  /** Says, as the Janus manager does, that a forwarder sends to the mixer, and lets a tone come from there. */
  async forward(id: RoomId, live: LiveMeta, hz: number, ssrc: number) {
    const { port } = await this.mixerKey(id);
    const sender = this.add(sendTone({ port, hz, ssrc }));
    const observed: JanusObserved = {
      epoch: live.epoch,
      janusId: live.janusId,
      status: "forwarding",
      forwarders: [{ mixerId: live.mixerId, host: "127.0.0.1", port, streamId: ssrc, ssrc }],
    };
    await this.put(roomKey(id, "janus"), observed);
    return sender;
  }

  /** As {@link forward}, to all mixers of the room; the tone is the same, and SSRCs count upward. */
  async forwardToBoth(id: RoomId, live: LiveMeta, hz: number, ssrc: number): Promise<void> {
    const named = ({ mixer, standby }: VersionedRoom) =>
      [mixer, standby].flatMap((key) => key?.epoch === live.epoch ? key : []);
    const wanted = live.standbyId === null ? 1 : 2;
    const keys = named(await this.room(id, (room) => named(room).length === wanted));
    const forwarders = keys.map(({ mixerId, port }, index) => {
      this.add(sendTone({ port, hz, ssrc: ssrc + index }));
      return { mixerId, host: "127.0.0.1", port, streamId: ssrc + index, ssrc: ssrc + index };
    });
    const { epoch, janusId } = live;
    const observed: JanusObserved = { epoch, janusId, status: "forwarding", forwarders };
    await this.put(roomKey(id, "janus"), observed);
  }

  /** The mixer's key, once it says what `test` wants to hear. */
  async mixerKey(
    id: RoomId,
    test: (mixer: MixerObserved) => boolean = () => true,
  ): Promise<MixerObserved> {
    const room = await this.room(id, ({ mixer }) => mixer !== null && test(mixer));
    if (room.mixer === null) throw new Error("unreachable");
    return room.mixer;
  }

  /** The room, once it is as `test` wants it. */
  room(id: RoomId, test: (room: VersionedRoom) => boolean): Promise<VersionedRoom> {
    const { promise, resolve } = Promise.withResolvers<VersionedRoom>();
    const look = () => test(this.rooms.get(id)) && resolve(this.rooms.get(id));
    const end = this.rooms.onChange(look);
    look();
    return promise.finally(end);
  }

  /** Waits until an edge or a mixer serves the room: each sees what etcd says a moment later. */
  async served(role: RunningRole, id: RoomId): Promise<string> {
    const url = `${role.url}/hls/${id}/live.m3u8`;
    await until(`${url} to be served`, async () => {
      const response = await fetch(url);
      await response.body?.cancel();
      return response.status === 200;
    });
    return url;
  }

  /** A stream of a mixer, once it is as `test` wants it. */
  async stream(
    mixer: RunningRole,
    id: RoomId,
    test: (stream: StreamInfo) => boolean = () => true,
  ): Promise<StreamInfo> {
    return await until(`stream of ${id}`, async () => {
      const response = await fetch(`${mixer.url}/streams`);
      const streams: StreamInfo[] = await response.json();
      return streams.find((stream) => stream.roomId === id && test(stream));
    });
  }

  /** Writes a key; text is written as it is. */
  async put(key: string, value: unknown): Promise<void> {
    await this.client.put(key).value(typeof value === "string" ? value : JSON.stringify(value));
  }

  #config(id: string, change: Record<string, string>) {
    return readConfig({
      ROOMCAST_NODE_ID: id,
      ROOMCAST_ETCD: this.etcd.url,
      ROOMCAST_MIXER_PORT: "0",
      ROOMCAST_EDGE_PORT: "0",
      ROOMCAST_RTP_MIN: String(this.rtp.min),
      ROOMCAST_RTP_MAX: String(this.rtp.max),
      ROOMCAST_DATA_DIR: this.dir,
      ...change,
    });
  }
}

const NODE = { version: "0", capacity: 9, load: 0, draining: false, unhealthy: null, startedAt: 1 };

function meta(id: RoomId, live: LiveMeta): RoomMeta {
  return {
    id,
    title: id,
    owner: { id: "owner", name: "Owner" },
    pinHash: null,
    createdAt: 1,
    epoch: live.epoch,
    lives: live.live,
    nextMediaSequence: 0,
    redundancy: 1,
    access: "open",
  };
}
