import type { RoomId } from "../../contracts/ids.ts";
import type { NodeStore } from "../../coordination/nodes.ts";
import { Reconciler } from "../../coordination/reconciler.ts";
import type { RoomStore, VersionedRoom } from "../../coordination/rooms.ts";
import type { Log } from "../../platform/log.ts";
import type { Running } from "../../platform/lifecycle.ts";
import { AbsenceClock } from "../resources/absence_clock.ts";
import { type Leftover, leftovers } from "./leftovers.ts";

export interface JanitorOptions {
  readonly rooms: RoomStore;
  readonly nodes: Pick<NodeStore, "get" | "onChange" | "synced" | "unhealthy">;
  readonly log: Log;
  /** How long (ms) a node must be gone before another cleans up after it. Default 15 000. */
  readonly goneMs?: number;
  /** Unix time in ms. */
  readonly now?: () => number;
}

/**
 * Takes away what a dead node wrote about a room that is not live, or not there any more. A living node does that itself;
 * one that is gone for good cannot.
 */
export class Janitor implements Running {
  readonly #reconciler: Reconciler;
  readonly #absence: AbsenceClock;
  readonly #unsubscribe: (() => void)[];
  readonly #goneMs: number;
  readonly #now: () => number;

  constructor(private readonly options: JanitorOptions) {
    const { rooms, nodes, log, goneMs = 15_000, now = Date.now } = options;
    this.#goneMs = goneMs;
    this.#now = now;
    this.#absence = new AbsenceClock(now);
    this.#reconciler = new Reconciler({ reconcile: (id) => this.#reconcile(id), log });
    this.#unsubscribe = [
      rooms.onChange((id) => this.#reconciler.enqueue(id)),
      nodes.onChange((kind, id) => this.#absence.see(kind, id, nodes.get(kind, id) !== null)),
    ];
    for (const id of rooms.ids()) this.#reconciler.enqueue(id);
  }

  async stop(): Promise<void> {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    await this.#reconciler.stop();
  }

  async #reconcile(id: RoomId): Promise<number | null> {
    const room = this.options.rooms.get(id);
    const found = leftovers(room);
    if (found.length === 0) return null;
    const waits = await Promise.all(found.map((leftover) => this.#cleanUp(id, room, leftover)));
    return Math.max(1, Math.min(...waits));
  }

  /** Returns the ms after which to look again. */
  async #cleanUp(id: RoomId, room: VersionedRoom, leftover: Leftover): Promise<number> {
    const { nodes, rooms, log } = this.options;
    const { part, kind, writer } = leftover;
    const blind = !nodes.synced || nodes.unhealthy() !== null || rooms.unhealthy() !== null;
    if (blind) this.#absence.reset();
    const present = writer !== null && nodes.get(kind, writer) !== null;
    const node = writer ?? `unreadable in ${id}`;
    const goneFor = this.#absence.see(kind, node, present || blind);
    if (present || goneFor < this.#goneMs) return Math.min(this.#goneMs - goneFor, 5000);
    const { livemeta, [part]: revision } = room.revisions;
    const done = await rooms.write(id, { livemeta, [part]: revision }, { [part]: null });
    if (!done) return 1000;
    if (writer === null) this.#absence.see(kind, node, true);
    log.warn({ room: id, part, node }, "removed what a dead node left behind");
    return this.#goneMs;
  }
}
