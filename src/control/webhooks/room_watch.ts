import type { RoomId } from "../../contracts/ids.ts";
import { type NodePresence, roomState, START_GRACE_MS } from "../../contracts/states.ts";
import { isUnreadable, type VersionedRoom } from "../../coordination/rooms.ts";
import type { Seen } from "./happenings.ts";
import { factsOf } from "./room_facts.ts";

/** How long (ms) a room must be degraded before anybody is told: a failover takes less. */
export const SETTLE_MS = 1500;

/** A room as it is seen now, and after how many ms to look again though nothing has changed. */
export interface Look {
  /** Null: the room is not there. */
  readonly seen: Seen | null;
  readonly againMs: number | null;
}

export interface RoomWatchOptions {
  readonly nodes: NodePresence;
  /** Null when what is known of rooms and nodes is up to date. */
  readonly blind: () => string | null;
  /** Unix time in ms. */
  readonly now: () => number;
}

/** Sees rooms as webhooks tell of them: a state only when it is known and has lasted. */
export class RoomWatch {
  /** Since when rooms are degraded. */
  readonly #amiss = new Map<RoomId, number>();

  constructor(private readonly options: RoomWatchOptions) {}

  /** Null when the room cannot be read. */
  look(id: RoomId, room: VersionedRoom): Look | null {
    const { nodes, blind, now } = this.options;
    if (isUnreadable(room)) return null;
    if (room.meta === null && room.revisions.meta !== 0n) return null;
    const facts = room.meta && factsOf(room.meta, room.livemeta);
    if (facts?.live == null) {
      this.#amiss.delete(id);
      return { seen: facts && { facts, state: null }, againMs: null };
    }
    if (blind() !== null) return { seen: { facts, state: null }, againMs: 1000 };
    const { state, reasons } = roomState(room, now(), nodes);
    if (state !== "degraded") this.#amiss.delete(id);
    if (state === "on_air") {
      return { seen: { facts, state: { name: state, reasons } }, againMs: null };
    }
    if (state !== "degraded") {
      const graceMs = facts.live.startedAt + START_GRACE_MS - now();
      return { seen: { facts, state: null }, againMs: Math.max(graceMs, 0) + 50 };
    }
    const since = this.#amiss.get(id) ?? now();
    this.#amiss.set(id, since);
    const leftMs = since + SETTLE_MS - now();
    return leftMs > 0
      ? { seen: { facts, state: null }, againMs: leftMs }
      : { seen: { facts, state: { name: state, reasons } }, againMs: null };
  }
}
