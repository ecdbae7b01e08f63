import type { Browser } from "playwright-core";
import { z } from "zod";
import { type Cluster, type ClusterOptions, startCluster } from "../../deploy/local/cluster.ts";
import type { ClusterCounts, ClusterPorts, PortRange } from "../../deploy/local/cluster_ports.ts";
import { TcpProxy } from "../../deploy/local/tcp_proxy.ts";
import { RoomStore, type VersionedRoom } from "../../src/coordination/rooms.ts";
import { connectEtcd, EtcdStore } from "../../src/coordination/etcd.ts";
import { Lifecycle, type Running } from "../../src/platform/lifecycle.ts";
import { silentLog } from "../../src/platform/log.ts";
import { Ledger } from "../invariants/ledger.ts";
import { launchBrowser } from "../support/browser.ts";
import { RtpSender } from "../support/rtp/rtp_sender.ts";
import { RtpSpeaker } from "../support/rtp/rtp_speaker.ts";
import { until } from "../support/until.ts";
import { RoomApi } from "./room_api.ts";
import { clockFile, clockLibrary, clockSettings } from "./clocks.ts";
import { giveSmallDisk } from "./small_disk.ts";
import type { Speaker } from "./speaker.ts";
import { StudioSpeaker } from "./studio_speaker.ts";

/** A live room with a tone of its own. */
export interface ChaosRoom {
  readonly id: string;
  readonly hz: number;
  readonly redundancy: 1 | 2;
  readonly speaker: Speaker;
}

export interface WorldOptions {
  readonly dir: string;
  readonly ports: ClusterPorts;
  /** Rooms that studio pages speak in. */
  readonly studios: number;
  /** Rooms that plain RTP senders speak in; the first has a hot standby. */
  readonly senders: number;
  /** How many of each process there are, as `ports` has them. Default {@link CLUSTER}. */
  readonly counts?: ClusterCounts;
  readonly say: (line: string) => void;
}

/** How many of each a world has. */
export const CLUSTER = { januses: 2, mixers: 3, gateways: 2, edges: 2 };
/** The nodes whose way to etcd can be cut. */
const CUTTABLE = ["rooms", "janus-1", "janus-2", "mixer-1", "mixer-2", "mixer-3"];
/** Multiples of 50 Hz (see hearing.ts), none the octave of another. */
const PITCHES = [500, 650, 800, 950, 1100, 1250];
/** What strangers hum, who should never be heard. */
export const STRAY_HZ = 1550;
const LIVE_LIMIT_MS = 30_000;

const Streams = z.array(
  z.object({ roomId: z.string(), port: z.number(), ffmpegPid: z.number().nullable() }),
);

/** A small cluster with live rooms that faults happen to. */
export class World implements Running {
  readonly rooms: ChaosRoom[] = [];
  readonly ledger = new Ledger();

  private constructor(
    readonly cluster: Cluster,
    readonly api: RoomApi,
    readonly proxies: ReadonlyMap<string, TcpProxy>,
    /** The ports of all mixers. */
    readonly rtp: PortRange,
    private readonly store: RoomStore,
    private readonly parts: Lifecycle,
  ) {}

  /** Starts everything; resolves when every room has its tone on air. */
  static async start(options: WorldOptions): Promise<World> {
    const parts = new Lifecycle(silentLog());
    try {
      const world = await World.#empty(parts, options);
      await addRooms(world, parts, options);
      return world;
    } catch (err) {
      await parts.stop();
      throw err;
    }
  }

  static async #empty(parts: Lifecycle, options: WorldOptions): Promise<World> {
    const { dir, ports, say, counts = CLUSTER } = options;
    const proxies = new Map(CUTTABLE.map((name) => [name, new TcpProxy(ports.etcd)]));
    for (const proxy of proxies.values()) parts.add("a way to etcd", proxy);
    const library = clockLibrary();
    const disk = await giveSmallDisk(`${dir}/data/mixer-1`);
    if (disk) parts.add("a small disk", disk);
    const all: ClusterOptions = {
      ...{ ...counts, dir, ports },
      env: { ROOMCAST_JANUS_RTP_PARTICIPANTS: "true" },
      envOf: (name) => ({
        ...(proxies.has(name) && { ROOMCAST_ETCD: `http://127.0.0.1:${proxies.get(name)?.port}` }),
        ...(library !== null && clockSettings(library, clockFile(dir, name), name)),
      }),
      onEvent: say,
    };
    const cluster = parts.add("the cluster", await startCluster(all));
    const etcd = parts.add("etcd", new EtcdStore(connectEtcd([cluster.etcdUrl])));
    const store = parts.add("rooms", new RoomStore({ store: etcd, log: silentLog() }));
    await store.start();
    return new World(cluster, await RoomApi.guest(cluster.url), proxies, ports.rtp, store, parts);
  }

  /** What etcd says of a room, from memory. */
  record(roomId: string): VersionedRoom {
    return this.store.get(roomId);
  }

  /** The Janus (URL) where a room's speakers should be, or null while it is not ready. */
  janusUrl(roomId: string): string | null {
    return readyJanus(this.cluster, this.record(roomId));
  }

  /** The stream of a room as its mixer describes it. @throws Error when it has none. */
  async stream(roomId: string): Promise<{ mixerId: string; port: number; pid: number }> {
    const mixerId = this.record(roomId).livemeta?.mixerId ?? "";
    const url = this.cluster.process(mixerId).where;
    const response = await fetch(`${url}/streams`, { signal: AbortSignal.timeout(3000) });
    const found = Streams.parse(await response.json()).find((one) => one.roomId === roomId);
    if (!found || found.ffmpegPid === null) throw new Error(`${roomId} has no FFmpeg`);
    return { mixerId, port: found.port, pid: found.ffmpegPid };
  }

  stop(): Promise<void> {
    return this.parts.stop();
  }
}

async function addRooms(world: World, parts: Lifecycle, options: WorldOptions): Promise<void> {
  const { studios, senders, say } = options;
  const sender = parts.add("sender", new RtpSender());
  const browser = studios > 0 ? await launchBrowser() : null;
  if (browser) parts.add("browser", { stop: () => browser.close() });
  for (const [index, hz] of PITCHES.slice(0, senders + studios).entries()) {
    const room = index < senders
      ? await addSender(world, parts, sender, hz, index === 0 ? 2 : 1)
      : await addStudio(browser, world.cluster.url, hz);
    world.rooms.push(room);
    world.ledger.live(room.id);
    say(`${room.id} hums at ${hz} Hz`);
  }
}

async function addSender(
  world: World,
  parts: Lifecycle,
  sender: RtpSender,
  hz: number,
  redundancy: 1 | 2,
): Promise<ChaosRoom> {
  const id = `tone-${hz}`;
  await world.api.create(id, redundancy);
  await world.api.start(id);
  const speaker = parts.add(
    `speaker at ${hz} Hz`,
    new RtpSpeaker({
      ...{ roomId: id, hz, sender },
      apiSecret: world.cluster.secrets.janusApiSecret,
      locate: () => world.janusUrl(id),
    }),
  );
  speaker.start();
  await until(`a voice in ${id}`, async () => {
    if ((await speaker.seats()).length > 0) return true;
    throw new Error(speaker.trouble);
  }, LIVE_LIMIT_MS);
  return { id, hz, redundancy, speaker };
}

async function addStudio(browser: Browser | null, url: string, hz: number): Promise<ChaosRoom> {
  if (browser === null) throw new Error("There is no browser");
  const speaker = await StudioSpeaker.open(browser, url, hz);
  return { id: speaker.roomId, hz, redundancy: 1, speaker };
}

/** `janus-2` is the manager of the second Janus. */
function readyJanus(cluster: Cluster, { livemeta, janus }: VersionedRoom): string | null {
  if (livemeta === null || janus === null || janus.status === "failed") return null;
  if (janus.janusId !== livemeta.janusId || janus.epoch !== livemeta.epoch) return null;
  return cluster.janusUrls[Number(livemeta.janusId.split("-").at(-1)) - 1] ?? null;
}
