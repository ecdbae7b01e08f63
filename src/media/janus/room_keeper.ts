import { bridgeRoom } from "../../contracts/janus.ts";
import type { NodeId, RoomId } from "../../contracts/ids.ts";
import { JanusObserved } from "../../contracts/room.ts";
import type { RoomStore, VersionedRoom } from "../../coordination/rooms.ts";
import { type AudioBridge, AUDIOBRIDGE_ERRORS, JanusError } from "../../platform/janus/types.ts";
import type { Log } from "../../platform/log.ts";
import { count } from "../../platform/metrics.ts";
import { traced } from "../../platform/trace.ts";
import { plan, report, type Seen, type Step } from "./plan.ts";
import { ssrcFor } from "./ssrc.ts";
import { type Wish, wishOf } from "./wish.ts";

/** How soon (ms) to look again after somebody else wrote first. */
const AGAIN_MS = 50;

export interface RoomKeeperOptions {
  readonly self: NodeId;
  readonly rooms: RoomStore;
  readonly janus: { bridge(): AudioBridge | null; unhealthy(): string | null };
  readonly log: Log;
}

/** What was wrong when a step has to be taken though nothing else is wished than before. */
const REPAIRS = {
  create_room: "janus_room_missing",
  destroy_room: "janus_room_stray",
  forward: "forwarder_missing",
  stop_forwarder: "forwarder_stray",
} as const satisfies Record<Step["do"], string>;

/** Makes one Janus fit what etcd wants of it, room by room, and tells in etcd what it has done. */
export class RoomKeeper {
  /** Rooms that may be on our Janus; all others need no look there. */
  readonly #present = new Set<RoomId>();
  /** The wish that Janus fitted when it was last looked at, for each room. */
  readonly #fitted = new Map<RoomId, Wish>();
  /** Rooms whose mix can be trusted no more. */
  readonly #broken = new Set<RoomId>();

  constructor(private readonly options: RoomKeeperOptions) {}

  /** How many rooms may be on our Janus. */
  get load(): number {
    return this.#present.size;
  }

  /** The room was found on our Janus. */
  found(id: RoomId): void {
    this.#present.add(id);
  }

  /** From its next reconciliation on, each room that is on our Janus now is another one; who sits there comes back. */
  remakeAll(): void {
    for (const id of this.#present) this.#broken.add(id);
  }

  /**
   * Reconciles one room; see ReconcilerOptions.reconcile.
   *
   * @throws JanusError when Janus refused; the room is then `failed` in etcd. StoreError when etcd is away.
   */
  async reconcile(id: RoomId): Promise<number | null> {
    const { rooms, janus } = this.options;
    if (!rooms.synced) return null;
    const wish = this.#wish(rooms.get(id));
    if (wish.kind === "hold") return null;
    if (wish.kind === "gone" && !this.#present.has(id)) return await this.#forget(id);
    const bridge = janus.bridge();
    if (bridge === null) {
      // The link looks at every room again when it is up; what is over by then has no need of a key.
      return wish.kind === "room" ? await this.#fail(id, wish) : await this.#forget(id);
    }
    let seen: Seen;
    try {
      seen = await this.#fit(id, wish, bridge);
    } catch (err) {
      if (wish.kind === "room") {
        await this.#fail(id, wish, err instanceof Error ? err.message : String(err));
      }
      throw err;
    }
    if (wish.kind === "room") {
      return await this.#tell(id, wish, report(wish, seen, this.options.self));
    }
    this.#present.delete(id);
    this.#fitted.delete(id);
    return await this.#forget(id);
  }

  #wish(record: VersionedRoom): Wish {
    return wishOf(record, record.revisions.livemeta !== 0n, this.options.self);
  }

  /** Looks at the room on Janus and carries out what is to be done; gives what is there afterwards. */
  async #fit(id: RoomId, wish: Wish, bridge: AudioBridge): Promise<Seen> {
    this.#present.add(id);
    const name = bridgeRoom(id);
    if (this.#broken.has(id)) await this.#remove(id, bridge);
    let seen = await look(bridge, name);
    const epoch = wish.kind === "room" ? wish.epoch : undefined;
    const parent = this.options.rooms.get(id).livemeta?.traceparent;
    const attributes = { room: id, node: this.options.self, ...(epoch && { epoch }) };
    const before = this.#fitted.get(id);
    for (const step of plan(wish, seen)) {
      this.options.log.info({ room: id, epoch, step }, "changing Janus");
      if (isRepair(step, wish, before)) count("roomcast_repairs_total", { what: REPAIRS[step.do] });
      const now = seen;
      seen = await traced(
        `janus.${step.do}`,
        { parent, attributes },
        () => carryOut(bridge, name, step, now),
      );
    }
    this.#fitted.set(id, wish);
    return seen;
  }

  async #remove(id: RoomId, bridge: AudioBridge): Promise<void> {
    await bridge.destroyRoom(bridgeRoom(id));
    this.#broken.delete(id);
    this.#fitted.delete(id);
    count("roomcast_repairs_total", { what: "janus_room_stalled" });
  }

  #fail(id: RoomId, wish: Extract<Wish, { kind: "room" }>, reason?: string) {
    const { self, janus } = this.options;
    return this.#tell(id, wish, {
      epoch: wish.epoch,
      janusId: self,
      status: "failed",
      reason: janus.unhealthy() ?? reason ?? "unknown",
      forwarders: [],
    });
  }

  /** Writes our key, unless the wish has changed meanwhile: then what we have to say is old already. */
  async #tell(id: RoomId, wish: Wish, observation: JanusObserved): Promise<number | null> {
    const observed = JanusObserved.parse(observation);
    const now = this.options.rooms.get(id);
    if (!same(this.#wish(now), wish)) return 0;
    if (same(now.janus, observed)) return null;
    const { livemeta, janus } = now.revisions;
    const written = await this.options.rooms.write(id, { livemeta, janus }, { janus: observed });
    return written ? null : AGAIN_MS;
  }

  /** Removes our key from a room that is over. One that moved on is the other node's to overwrite. */
  async #forget(id: RoomId): Promise<number | null> {
    const { rooms, self } = this.options;
    const { janus, revisions } = rooms.get(id);
    if (janus?.janusId !== self || revisions.livemeta !== 0n) return null;
    const guards = { livemeta: 0n, janus: revisions.janus };
    return await rooms.write(id, guards, { janus: null }) ? null : AGAIN_MS;
  }
}

async function look(bridge: AudioBridge, room: string): Promise<Seen> {
  try {
    return { forwarders: await bridge.listForwarders(room) };
  } catch (err) {
    if (err instanceof JanusError && err.code === AUDIOBRIDGE_ERRORS.noSuchRoom) return null;
    throw err;
  }
}

async function carryOut(bridge: AudioBridge, room: string, step: Step, seen: Seen): Promise<Seen> {
  const forwarders = seen?.forwarders ?? [];
  switch (step.do) {
    case "create_room":
      await bridge.ensureRoom(room);
      return { forwarders };
    case "stop_forwarder":
      await bridge.stopForwarder(room, step.streamId);
      return { forwarders: forwarders.filter(({ streamId }) => streamId !== step.streamId) };
    case "forward": {
      const added = await bridge.forward(room, {
        ...step.to,
        ssrc: ssrcFor(step.live),
        ...(step.srtp === undefined ? {} : { srtp: step.srtp }),
      });
      return { forwarders: [...forwarders, added] };
    }
    case "destroy_room":
      await bridge.destroyRoom(room);
      return null;
  }
}

/** Whether a step mends what was right once, or takes away what this manager never made. */
function isRepair(step: Step, wish: Wish, before: Wish | undefined): boolean {
  const takesAway = step.do === "destroy_room" || step.do === "stop_forwarder";
  return before === undefined ? takesAway : same(before, wish);
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
