import type { NodeId, RoomId } from "../../contracts/ids.ts";
import { type LiveMeta, MixerObserved, type SrtpKey } from "../../contracts/room.ts";
import type { NodeStore } from "../../coordination/nodes.ts";
import { isUnreadable, type RoomStore, type VersionedRoom } from "../../coordination/rooms.ts";
import { type Log, traceBinding } from "../../platform/log.ts";
import type { Running } from "../../platform/lifecycle.ts";
import { traced } from "../../platform/trace.ts";
import { observedOf, planMixer } from "./plan.ts";
import { keysFor } from "./room_keys.ts";
import { rtpSource } from "./rtp_source.ts";
import type { MixerStream, PortSource, StreamOrder } from "./stream.ts";

export interface MixerOptions<S extends MixerStream> {
  readonly mixerId: NodeId;
  /** The address RTP is received on, as Janus reaches it. */
  readonly ip: string;
  /** Base URL of the HLS origin, as edges reach it. */
  readonly origin: string;
  readonly rooms: Pick<RoomStore, "synced" | "get" | "write">;
  readonly nodes: Pick<NodeStore, "get">;
  readonly pool: PortSource;
  /** The ports of rooms whose keys an earlier mixer of this name left, held in the pool (see `portsLeft`). */
  readonly inherited: ReadonlyMap<RoomId, number>;
  /** Makes a key for the RTP to a port. Default: it is plain. */
  readonly newKey?: () => SrtpKey;
  /** Begins a stream. */
  readonly begin: (order: StreamOrder) => Promise<S>;
  /** The number of rooms changed. */
  readonly onLoad: () => void;
  readonly log: Log;
}

/** How long (ms) a broadcast that ended can still be fetched, so that every listener hears its end. */
const LINGER_MS = 30_000;
/** How soon (ms) to look again at a room that another write got ahead of. */
const RETRY_MS = 20;

/** The broadcasts placed on this mixer, kept as etcd wishes them. */
export class Mixer<S extends MixerStream> implements Running {
  readonly #streams = new Map<RoomId, S>();
  readonly #ended = new Map<string, { stream: S; timer: ReturnType<typeof setTimeout> }>();
  /** Ports that rooms had with an earlier mixer of this name: their forwarders may still send there. */
  readonly #inherited: Map<RoomId, number>;

  constructor(private readonly options: MixerOptions<S>) {
    this.#inherited = new Map(options.inherited);
  }

  /** How many rooms are on this mixer. */
  get load(): number {
    return this.#streams.size;
  }

  /** The streams here. */
  streams(): IterableIterator<[RoomId, S]> {
    return this.#streams.entries();
  }

  /** All streams of which something may be on disk: those here, and those that ended a short while ago. */
  kept(): S[] {
    return [...this.#streams.values(), ...[...this.#ended.values()].map(({ stream }) => stream)];
  }

  /** The ports in use here, or kept for a room. */
  ports(): number[] {
    return [...this.#streams.values()].map(({ here }) => here.port).concat(
      ...this.#inherited.values(),
    );
  }

  /** The room's broadcast, or one of the live id given that ended a short while ago. */
  find(id: RoomId, liveId: string | null): S | null {
    const stream = this.#streams.get(id);
    if (stream && (liveId === null || stream.here.liveId === liveId)) return stream;
    if (liveId !== null) return this.#ended.get(liveId)?.stream ?? null;
    return [...this.#ended.values()].findLast(({ stream }) => stream.roomId === id)?.stream ?? null;
  }

  /** Lets go of all rooms without ending them: their keys stay, and a mixer of this name takes them up again. */
  async stop(): Promise<void> {
    for (const { timer } of this.#ended.values()) clearTimeout(timer);
    await Promise.all([...this.#streams.values()].map((stream) => stream.stop()));
    await Promise.all(this.kept().map((stream) => stream.remove()));
    this.#streams.clear();
    this.#ended.clear();
  }

  /**
   * Reconciles one room; see ReconcilerOptions.reconcile.
   *
   * @throws AppError when a stream cannot begin; the room's key then says `failed`. StoreError when etcd is away.
   */
  async reconcile(id: RoomId): Promise<number | null> {
    const { rooms } = this.options;
    if (!rooms.synced) return RETRY_MS;
    const room = rooms.get(id);
    if (isUnreadable(room)) return null;
    const stream = this.#streams.get(id) ?? null;
    const plan = planMixer({ ...this.options, ...room, here: stream?.here ?? null });
    if (plan.end) await this.#end(id, plan.moved);
    if (!plan.begin) this.#giveBack(id);
    if (room.livemeta && plan.begin) return await this.#begin(id, room, room.livemeta);
    if (room.livemeta && plan.retune && stream) {
      return await this.#retune(id, room, room.livemeta, stream);
    }
    if (stream && !plan.end) {
      stream.ssrc = plan.ssrc;
      if (plan.renew) stream.renew();
    }
    return await this.#write(id, room, plan.keys);
  }

  async #begin(id: RoomId, room: VersionedRoom, livemeta: LiveMeta): Promise<number | null> {
    const { pool, log } = this.options;
    const begun = await this.#orFail("begin", id, room, livemeta, async () => {
      const key = this.#newKey();
      const held = this.#portHeld(id, room, livemeta);
      // What is sent to a port held from before is encrypted with a key that is gone.
      const wanted = "srtp" in key ? null : held;
      const port = await traced("mixer.take_port", {}, () => pool.lease(wanted));
      if ("srtp" in key && held !== null) pool.release(held, livemeta.janusId);
      // It was here before and went elsewhere: its folder is in use again.
      clearTimeout(this.#ended.get(livemeta.liveId)?.timer);
      this.#ended.delete(livemeta.liveId);
      try {
        const from = this.#source(livemeta);
        return await this.options.begin({ roomId: id, livemeta, port, from, ...key });
      } catch (cause) {
        pool.release(port);
        throw cause;
      }
    });
    this.#streams.set(id, begun);
    this.options.onLoad();
    log.info({ room: id, epoch: livemeta.epoch, port: begun.here.port }, "stream begun");
    return await this.#tell(id, room, observedOf(this.options, livemeta, begun.here));
  }

  async #retune(
    id: RoomId,
    room: VersionedRoom,
    livemeta: LiveMeta,
    stream: S,
  ): Promise<number | null> {
    const { pool, log } = this.options;
    const former = stream.here;
    const port = await this.#orFail("retune", id, room, livemeta, () => pool.lease(null));
    const { janusId, traceparent } = livemeta;
    const from = this.#source(livemeta);
    await stream.retune({ port, janusId, from, traceparent, ...this.#newKey() });
    pool.release(former.port, former.janusId);
    log.info(
      { room: id, epoch: livemeta.epoch, port, former: former.port },
      "stream goes on at another port",
    );
    return await this.#tell(id, room, observedOf(this.options, livemeta, stream.here));
  }

  async #end(id: RoomId, moved: boolean): Promise<void> {
    const stream = this.#streams.get(id);
    if (!stream) return;
    const { liveId, port, janusId } = stream.here;
    const timer = setTimeout(() => {
      this.#ended.delete(liveId);
      void stream.remove();
    }, LINGER_MS);
    // Before anything is awaited: a listener who asks meanwhile must find the broadcast.
    this.#ended.set(liveId, { stream, timer });
    this.#streams.delete(id);
    await (moved ? stream.stop() : stream.end());
    this.options.pool.release(port, janusId);
    this.options.onLoad();
    const { epoch, traceparent } = stream.livemeta;
    const about = { room: id, epoch, live: liveId, ...traceBinding(traceparent) };
    this.options.log.info({ ...about, moved }, "stream ended");
  }

  /** The port that the room had with an earlier mixer of this name, if its forwarder may be the one wanted now. */
  #portHeld(id: RoomId, room: VersionedRoom, { epoch }: LiveMeta): number | null {
    const port = this.#inherited.get(id) ?? null;
    const current = [room.mixer, room.standby].some((key) =>
      key?.mixerId === this.options.mixerId && key.port === port && key.epoch === epoch
    );
    // Of an earlier epoch it may be another Janus's to send to.
    if (!current) this.#giveBack(id);
    this.#inherited.delete(id);
    return current ? port : null;
  }

  /** A room that is not here any more needs its inherited port no more. */
  #giveBack(id: RoomId): void {
    const port = this.#inherited.get(id);
    if (port !== undefined) this.options.pool.release(port);
    this.#inherited.delete(id);
  }

  #newKey(): { srtp: SrtpKey } | Record<never, never> {
    const { newKey } = this.options;
    return newKey === undefined ? {} : { srtp: newKey() };
  }

  #source({ janusId }: LiveMeta): string | null {
    const { ip, nodes } = this.options;
    return rtpSource(ip, nodes.get("janus", janusId)?.url ?? null);
  }

  /** Does what gives a room its port, as a span of the room's trace; when that fails the room's key says so. */
  async #orFail<T>(
    what: "begin" | "retune",
    id: RoomId,
    room: VersionedRoom,
    livemeta: LiveMeta,
    act: () => Promise<T>,
  ): Promise<T> {
    const { epoch, liveId, traceparent: parent } = livemeta;
    const attributes = { room: id, epoch, live: liveId, node: this.options.mixerId };
    try {
      return await traced(`mixer.${what}`, { parent, attributes }, act);
    } catch (err) {
      const reason = err instanceof Error ? err.message : String(err);
      const nothing = { port: 0, flowing: false, sounded: false };
      const observed = observedOf(this.options, livemeta, nothing);
      await this.#tell(id, room, { ...observed, status: "failed", reason });
      throw err;
    }
  }

  #tell(id: RoomId, room: VersionedRoom, mine: MixerObserved): Promise<number | null> {
    return this.#write(id, room, keysFor(room, this.options.mixerId, mine));
  }

  /** Writes what is not there yet, fenced by the livemeta it rests on. Gives when to look again. */
  async #write(
    id: RoomId,
    room: VersionedRoom,
    keys: ReturnType<typeof keysFor>,
  ): Promise<number | null> {
    const { revisions } = room;
    const isThere = (part: "mixer" | "standby") => {
      const value = keys[part];
      if (value === null || value === undefined) {
        return value === undefined || revisions[part] === 0n;
      }
      // In the order of the schema, as it is read.
      return JSON.stringify(room[part]) === JSON.stringify(MixerObserved.parse(value));
    };
    if (isThere("mixer") && isThere("standby")) return null;
    const { livemeta, mixer, standby } = revisions;
    const written = await this.options.rooms.write(id, { livemeta, mixer, standby }, keys);
    return written ? null : RETRY_MS;
  }
}
