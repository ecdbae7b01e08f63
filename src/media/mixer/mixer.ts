import type { RoomId } from "../../contracts/ids.ts";
import type { LiveMeta, MixerObserved } from "../../contracts/room.ts";
import type { NodeStore } from "../../coordination/nodes.ts";
import { Reconciler } from "../../coordination/reconciler.ts";
import { isUnreadable, type RoomStore, type VersionedRoom } from "../../coordination/rooms.ts";
import type { Log } from "../../platform/log.ts";
import type { Running } from "../../platform/lifecycle.ts";
import type { PortPoolClient } from "../../workers/port_pool_client.ts";
import type { ServedStream } from "./origin.ts";
import { observedOf, planMixer } from "./plan.ts";
import { RoomStream, type StreamContext } from "./room_stream.ts";
import { rtpSource } from "./rtp_source.ts";

export interface MixerOptions {
  readonly mixerId: string;
  /** The address RTP is received on, as Janus reaches it. */
  readonly ip: string;
  /** Base URL of the HLS origin, as edges reach it. */
  readonly origin: string;
  readonly rooms: RoomStore;
  readonly nodes: NodeStore;
  readonly pool: PortPoolClient;
  /** The ports of rooms whose keys an earlier mixer of this name left, held in the pool (see {@link portsLeft}). */
  readonly inherited: ReadonlyMap<RoomId, number>;
  readonly stream: Omit<StreamContext, "log" | "onChange">;
  /** The number of rooms changed. */
  readonly onLoad: () => void;
  readonly log: Log;
}

/** How long (ms) a broadcast that ended can still be fetched, so that every listener hears its end. */
const LINGER_MS = 30_000;
/** How soon (ms) to look again at a room that another write got ahead of. */
const RETRY_MS = 20;

/** The broadcasts placed on this mixer, kept as etcd wishes them. */
export class Mixer implements Running {
  readonly #streams = new Map<RoomId, RoomStream>();
  readonly #ended = new Map<string, { stream: RoomStream; timer: ReturnType<typeof setTimeout> }>();
  /** Ports that rooms had with an earlier mixer of this name: their forwarders may still send there. */
  readonly #inherited: Map<RoomId, number>;
  readonly #reconciler: Reconciler;
  readonly #unsubscribe: () => void;

  constructor(private readonly options: MixerOptions) {
    this.#inherited = new Map(options.inherited);
    this.#reconciler = new Reconciler({
      reconcile: (id) => this.#reconcile(id),
      log: options.log,
    });
    this.#unsubscribe = options.rooms.onChange((id) => this.#reconciler.enqueue(id));
    for (const id of options.rooms.ids()) this.#reconciler.enqueue(id);
  }

  /** How many rooms are on this mixer. */
  get load(): number {
    return this.#streams.size;
  }

  /** The streams here, for the origin's statistics. */
  streams(): IterableIterator<[RoomId, RoomStream]> {
    return this.#streams.entries();
  }

  /** The room's broadcast, or one of the live id given that ended a short while ago. */
  find(id: RoomId, liveId: string | null): ServedStream | null {
    const stream = this.#streams.get(id);
    if (stream && (liveId === null || stream.livemeta.liveId === liveId)) return stream;
    if (liveId !== null) return this.#ended.get(liveId)?.stream ?? null;
    const last = [...this.#ended.values()].findLast(({ stream }) => stream.roomId === id);
    return last?.stream ?? null;
  }

  /** Lets go of all rooms without ending them: their keys stay, and a mixer of this name takes them up again. */
  async stop(): Promise<void> {
    this.#unsubscribe();
    await this.#reconciler.stop();
    for (const { timer } of this.#ended.values()) clearTimeout(timer);
    await Promise.all([...this.#streams.values()].map((stream) => stream.stop()));
    const all = [...this.#streams.values(), ...[...this.#ended.values()].map((e) => e.stream)];
    await Promise.all(all.map((stream) => stream.classic.remove()));
    this.#streams.clear();
    this.#ended.clear();
  }

  async #reconcile(id: RoomId): Promise<number | null> {
    const { rooms } = this.options;
    if (!rooms.synced) return RETRY_MS;
    const room = rooms.get(id);
    if (isUnreadable(room)) return null;
    const here = this.#streams.get(id) ?? null;
    const plan = planMixer({
      ...this.options,
      ...room,
      observed: room.mixer,
      here: here?.here ?? null,
    });
    if (plan.end) await this.#end(id, plan.moved);
    if (!plan.begin) this.#giveBack(id);
    if (plan.begin && room.livemeta) return await this.#begin(id, room, room.livemeta);
    if (here && !plan.end) {
      here.ssrc = plan.ssrc;
      if (plan.renew) here.renew();
    }
    if (plan.observed === undefined) return null;
    return await this.#write(id, room, plan.observed) ? null : RETRY_MS;
  }

  async #begin(id: RoomId, room: VersionedRoom, livemeta: LiveMeta): Promise<number | null> {
    const { pool, nodes, stream, ip, log } = this.options;
    let port = 0;
    try {
      const held = this.#inherited.get(id) ?? null;
      this.#inherited.delete(id);
      port = await pool.lease(held);
      // It was here before and went elsewhere: its folder is in use again.
      clearTimeout(this.#ended.get(livemeta.liveId)?.timer);
      this.#ended.delete(livemeta.liveId);
      const from = rtpSource(ip, nodes.get("janus", livemeta.janusId)?.url ?? null);
      const begun = await RoomStream.begin(id, livemeta, port, from, {
        ...stream,
        log: log.child({ room: id, epoch: livemeta.epoch }),
        onChange: () => this.#reconciler.enqueue(id),
      });
      this.#streams.set(id, begun);
    } catch (err) {
      if (port !== 0) pool.release(port);
      const reason = err instanceof Error ? err.message : String(err);
      const failed = observedOf(this.options, livemeta, {
        port: 0,
        flowing: false,
        sounded: false,
      });
      await this.#write(id, room, { ...failed, status: "failed", reason });
      throw err;
    }
    this.options.onLoad();
    log.info({ room: id, epoch: livemeta.epoch, port }, "stream begun");
    const begun = observedOf(this.options, livemeta, { port, flowing: true, sounded: false });
    return await this.#write(id, room, begun) ? null : RETRY_MS;
  }

  async #end(id: RoomId, moved: boolean): Promise<void> {
    const stream = this.#streams.get(id);
    if (!stream) return;
    const { liveId } = stream.livemeta;
    const timer = setTimeout(() => {
      this.#ended.delete(liveId);
      void stream.classic.remove();
    }, LINGER_MS);
    // Before anything is awaited: a listener who asks meanwhile must find the broadcast.
    this.#ended.set(liveId, { stream, timer });
    this.#streams.delete(id);
    await (moved ? stream.stop() : stream.end());
    this.options.pool.release(stream.port);
    this.options.onLoad();
    this.options.log.info({ room: id, epoch: stream.livemeta.epoch }, "stream ended");
  }

  /** A room that is not here any more needs its inherited port no more. */
  #giveBack(id: RoomId): void {
    const port = this.#inherited.get(id);
    if (port !== undefined) this.options.pool.release(port);
    this.#inherited.delete(id);
  }

  /** Writes our key if it says something else, fenced by the livemeta it rests on. */
  async #write(id: RoomId, room: VersionedRoom, wanted: MixerObserved | null): Promise<boolean> {
    const { revisions, mixer } = room;
    if (wanted === null && revisions.mixer === 0n) return true;
    if (wanted !== null && JSON.stringify(mixer) === JSON.stringify(wanted)) return true;
    return await this.options.rooms.write(
      id,
      { livemeta: revisions.livemeta, mixer: revisions.mixer },
      { mixer: wanted },
    );
  }
}

/** The ports that rooms' keys say they have at a mixer: at its start, those that an earlier one of its name left. */
export function portsLeft(rooms: RoomStore, mixerId: string): Map<RoomId, number> {
  return new Map(
    rooms.ids().flatMap((id): [RoomId, number][] => {
      const { mixer } = rooms.get(id);
      return mixer?.mixerId === mixerId && mixer.port !== 0 ? [[id, mixer.port]] : [];
    }),
  );
}
