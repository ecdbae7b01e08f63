import type { EventSink } from "../../contracts/admin_events.ts";
import type { RoomId } from "../../contracts/ids.ts";
import type { NodeKind } from "../../contracts/node.ts";
import { Reconciler } from "../../coordination/reconciler.ts";
import type { RoomStore, VersionedRoom } from "../../coordination/rooms.ts";
import { type Log, traceBinding } from "../../platform/log.ts";
import type { Running } from "../../platform/lifecycle.ts";
import { count, countFromZero } from "../../platform/metrics.ts";
import { traced, traceparentOf } from "../../platform/trace.ts";
import type { Lookout } from "../resources/lookout.ts";
import type { Placement, ResourceManager } from "../resources/resource_manager.ts";
import type { RoomWriter } from "../rooms/room_writer.ts";
import { Pace } from "./pace.ts";
import { movedEvent } from "./moved_event.ts";
import { type Move, type PlacementPlan, type PlacementView, planPlacement } from "./plan.ts";

export interface PlacementKeeperOptions {
  readonly rooms: Pick<RoomStore, "get" | "ids" | "onChange">;
  readonly writer: Pick<RoomWriter, "change">;
  readonly lookout: Pick<Lookout, "hold" | "judge" | "onChange">;
  readonly resources: Pick<ResourceManager, "find" | "noteFailed" | "noteCondemned">;
  readonly log: Log;
  /** Told of each move. */
  readonly events?: EventSink;
}

/** How soon (ms) to look again at a room of which memory and etcd tell differently. */
const LAG_MS = 100;

/** What a node is remembered for when a room was moved off it. */
const FAILURES = new Set<Move["why"]>(["lease_lost", "unhealthy"]);

/**
 * Keeps every live room on nodes that can serve it. Any number of keepers may run: each move is one transaction that holds
 * only where nobody else has changed the room.
 */
export class PlacementKeeper implements Running {
  readonly #reconciler: Reconciler;
  readonly #pace = new Pace(() => performance.now());
  readonly #unsubscribe: (() => void)[];

  constructor(private readonly options: PlacementKeeperOptions) {
    const { rooms, lookout, log } = options;
    this.#reconciler = new Reconciler({
      reconcile: (id) => this.#reconcile(id),
      live: (id) => rooms.get(id).livemeta,
      log,
    });
    countFromZero(
      "roomcast_placements_total",
      ["mixer", "standby", "janus"].flatMap((part) =>
        [...FAILURES, "suspected"].map((why) => ({ part, why }))
      ),
    );
    this.#unsubscribe = [
      rooms.onChange((id) => this.#reconciler.enqueue(id)),
      lookout.onChange((kind, id) => this.#onNode(kind, id)),
    ];
    for (const id of rooms.ids()) this.#reconciler.enqueue(id);
  }

  async stop(): Promise<void> {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    await this.#reconciler.stop();
  }

  async #reconcile(id: RoomId): Promise<number | null> {
    const { rooms, writer, lookout } = this.options;
    const { livemeta } = rooms.get(id);
    if (livemeta === null) {
      this.#pace.forget(id);
      return null;
    }
    const waitMs = this.#pace.see(id, livemeta);
    if (waitMs > 0) return waitMs;
    const hold = lookout.hold();
    if (hold !== null) return Math.min(Math.max(hold.leftMs, 50), 1000);
    const picked: Placement[] = [];
    const draft = this.#plan(rooms.get(id), picked);
    if (draft.writes === null) return draft.againMs;
    let made: PlacementPlan | undefined;
    let room: VersionedRoom;
    try {
      // A move begins a trace of its own: the start's may be hours old.
      const about = { parent: undefined, after: livemeta.traceparent, attributes: { room: id } };
      room = await traced("room.move", about, (span) =>
        writer.change(id, (fresh) => {
          const plan = this.#plan(fresh, picked);
          if (plan.writes === null) return null;
          made = plan;
          const { meta, livemeta } = plan.writes;
          return { meta, livemeta: { ...livemeta, traceparent: traceparentOf(span) } };
        }));
    } catch (err) {
      release(picked);
      throw err;
    }
    if (made === undefined || !holds(made, room)) {
      release(picked);
      return LAG_MS;
    }
    for (const move of made.moves) this.#tell(id, move, room);
    return made.againMs;
  }

  /** Plans with what is seen now; the nodes it picks count as load while `picked` holds them. */
  #plan(room: VersionedRoom, picked: Placement[]): PlacementPlan {
    const { lookout, resources } = this.options;
    release(picked);
    const view: PlacementView = {
      hold: lookout.hold()?.why ?? null,
      judge: (kind, node) => lookout.judge(kind, node),
      pick: (kind, not) => {
        const placement = resources.find(kind, not);
        if (placement !== null) picked.push(placement);
        return placement?.node.id ?? null;
      },
    };
    return planPlacement(room, view);
  }

  #onNode(kind: NodeKind, node: string): void {
    const { rooms, lookout, resources } = this.options;
    if (lookout.judge(kind, node).why === "suspected") resources.noteCondemned(kind, node);
    for (const id of rooms.ids()) {
      const { livemeta } = rooms.get(id);
      if (livemeta === null) continue;
      const named = kind === "janus"
        ? livemeta.janusId === node
        : livemeta.mixerId === node || livemeta.standbyId === node;
      if (named) this.#reconciler.enqueue(id);
    }
  }

  #tell(id: RoomId, move: Move, { meta, livemeta: live }: VersionedRoom): void {
    const { resources, log, events } = this.options;
    const { part, from, to, why } = move;
    events?.record(movedEvent(id, meta?.title ?? id, move, live?.epoch ?? null));
    count("roomcast_placements_total", { part, why });
    const now = { epoch: live?.epoch, ...traceBinding(live?.traceparent) };
    log.warn({ room: id, ...now, part, from, to, why }, "room moved");
    if (from === null || !FAILURES.has(why)) return;
    resources.noteFailed(part === "janus" ? "janus" : "mixer", from);
  }
}

/** Whether the room is as the plan wrote it: its answer may have been unheard, or others faster. */
function holds({ writes }: PlacementPlan, { livemeta }: VersionedRoom): boolean {
  if (writes === null || livemeta === null) return false;
  const { epoch, mixerId, standbyId, janusId, liveId } = writes.livemeta;
  return livemeta.epoch === epoch && livemeta.mixerId === mixerId &&
    livemeta.standbyId === standbyId && livemeta.janusId === janusId && livemeta.liveId === liveId;
}

function release(picked: Placement[]): void {
  for (const placement of picked.splice(0)) placement.release();
}
