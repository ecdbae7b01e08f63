import { actorOf, type EventSink, NO_EVENTS } from "../../contracts/admin_events.ts";
import { type NodeId, randomId, type RoomId } from "../../contracts/ids.ts";
import type { OperationParams, RoomView } from "../../contracts/operations.ts";
import type { NodeKind } from "../../contracts/node.ts";
import type { PartFrames, RoomMeta } from "../../contracts/room.ts";
import type { NodePresence } from "../../contracts/states.ts";
import type { VersionedRoom } from "../../coordination/rooms.ts";
import type { Log } from "../../platform/log.ts";
import { type Span, traced, traceparentOf } from "../../platform/trace.ts";
import type { Placement } from "../resources/resource_manager.ts";
import { assertMayChange, type Caller } from "./caller.ts";
import { assertFound } from "./room_service.ts";
import type { RoomWriter } from "./room_writer.ts";
import type { Started } from "./start_watch.ts";
import { startWrites, stopWrites } from "./transitions.ts";
import { roomView } from "../../contracts/room_view.ts";

/** Where rooms can be placed: the Resource Manager. */
export interface Placer {
  /** @throws AppError `no_capacity` that says why. */
  pickJanus(): Placement;
  /** @throws AppError `no_capacity` that says why. */
  pickMixer(): Placement;
  /** A node that is none of `not`, or null. */
  find(kind: NodeKind, not: readonly NodeId[]): Placement | null;
}

export interface LiveServiceOptions {
  readonly writer: RoomWriter;
  readonly nodes: NodePresence;
  readonly placer: Placer;
  readonly log: Log;
  /** AAC frames in a part of a new broadcast. */
  readonly partFrames: PartFrames;
  /** Told of each broadcast that was started here. */
  readonly onStarted?: (started: Started) => void;
  /** Told of each start and stop. Default: nobody. */
  readonly events?: EventSink;
  /** Unix time in ms. */
  readonly now?: () => number;
}

/** A room's broadcasts: start and stop, each one transaction, each the same when said twice. */
export class LiveService {
  readonly #now: () => number;

  constructor(private readonly options: LiveServiceOptions) {
    this.#now = options.now ?? Date.now;
  }

  /** @throws AppError `no_capacity` when no node takes the room; nothing is written then. */
  start(params: OperationParams<"room.start">, caller: Caller): Promise<RoomView> {
    const attributes = { room: params.id };
    return traced("room.start", { attributes }, (span) => this.#start(params, caller, span));
  }

  async #start(
    { id }: OperationParams<"room.start">,
    caller: Caller,
    span: Span,
  ): Promise<RoomView> {
    const { writer, log, partFrames, onStarted } = this.options;
    const askedAt = performance.now();
    const traceparent = traceparentOf(span);
    const liveId = randomId(12);
    const placements: Placement[] = [];
    let tried = Infinity;
    try {
      const room = await writer.change(id, (room, unheard) => {
        const meta = assertFound(id, room.meta);
        assertMayChange(meta, caller);
        // An unheard start may have gone live, and somebody may have stopped it since: it shall not come back.
        if (room.livemeta !== null || (unheard && meta.epoch >= tried)) return null;
        release(placements);
        const nodes = this.#place(meta, placements);
        tried = Math.min(tried, meta.epoch + 1);
        const startedAt = this.#now();
        return startWrites(room, meta, { liveId, ...nodes, partFrames, startedAt, traceparent });
      });
      if (room.livemeta?.liveId === liveId) {
        const { epoch, janusId, mixerId, standbyId } = room.livemeta;
        const where = { epoch, janusId, mixerId, standbyId };
        span.setAttributes({ live: liveId, epoch, janus: janusId, mixer: mixerId });
        log.info({ room: id, live: liveId, ...where, by: caller?.sub }, "room started");
        onStarted?.({ roomId: id, liveId, askedAt, traceparent });
        this.#tell("room.started", room, caller, { liveId, ...where });
      } else release(placements);
      return this.#view(id, room);
    } catch (err) {
      release(placements);
      throw err;
    }
  }

  async stop({ id }: OperationParams<"room.stop">, caller: Caller): Promise<RoomView> {
    let liveId: string | undefined;
    const room = await this.options.writer.change(id, (room, unheard) => {
      const meta = assertFound(id, room.meta);
      assertMayChange(meta, caller);
      // An unheard stop may have been carried out, and the room be live anew.
      if (unheard && room.livemeta?.liveId !== liveId) return null;
      liveId = room.livemeta?.liveId;
      return stopWrites(room, meta, this.#now());
    });
    if (liveId !== undefined) {
      this.options.log.info({ room: id, live: liveId, by: caller?.sub }, "room stopped");
      this.#tell("room.stopped", room, caller, { liveId });
    }
    return this.#view(id, room);
  }

  /** Finds the room's nodes. A standby is wished for, the others are needed. */
  #place({ redundancy }: RoomMeta, placements: Placement[]) {
    const { placer } = this.options;
    const janus = placer.pickJanus();
    placements.push(janus);
    const mixer = placer.pickMixer();
    placements.push(mixer);
    const standby = redundancy === 2 ? placer.find("mixer", [mixer.node.id]) : null;
    if (standby !== null) placements.push(standby);
    return {
      janusId: janus.node.id,
      mixerId: mixer.node.id,
      standbyId: standby?.node.id ?? null,
    };
  }

  #tell(
    kind: "room.started" | "room.stopped",
    { meta }: VersionedRoom,
    caller: Caller,
    details: Readonly<Record<string, string | number | null>>,
  ): void {
    if (meta === null) return;
    const { events = NO_EVENTS } = this.options;
    const verb = kind === "room.started" ? "started" : "ended";
    events.record({
      kind,
      severity: "info",
      text: `${meta.title}: ${verb} by ${caller?.name ?? "somebody"}.`,
      roomId: meta.id,
      node: null,
      by: actorOf(caller),
      details,
    });
  }

  #view(id: RoomId, room: VersionedRoom): RoomView {
    return roomView(assertFound(id, room.meta), room, this.#now(), this.options.nodes);
  }
}

function release(placements: Placement[]): void {
  for (const placement of placements.splice(0)) placement.release();
}
