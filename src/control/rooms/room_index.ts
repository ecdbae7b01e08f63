import type { RoomId } from "../../contracts/ids.ts";
import type { RoomStore } from "../../coordination/rooms.ts";
import type { Running } from "../../platform/lifecycle.ts";
import { byPlace, type RoomPlace } from "./page.ts";

/** A room's place, and what the list can be filtered by. */
export interface IndexedRoom extends RoomPlace {
  readonly owner: string;
}

/** All rooms in the list's order, sorted anew only after a room came, went, or changed its place. */
export class RoomIndex implements Running {
  readonly #rooms = new Map<RoomId, IndexedRoom>();
  #sorted: readonly IndexedRoom[] | null = null;
  readonly #unsubscribe: () => void;

  constructor(private readonly store: RoomStore) {
    this.#unsubscribe = store.onChange((id) => this.#look(id));
    for (const id of store.ids()) this.#look(id);
  }

  stop(): Promise<void> {
    this.#unsubscribe();
    return Promise.resolve();
  }

  sorted(): readonly IndexedRoom[] {
    this.#sorted ??= [...this.#rooms.values()].sort(byPlace);
    return this.#sorted;
  }

  #look(id: RoomId): void {
    const { meta, livemeta } = this.store.get(id);
    if (meta === null) {
      if (this.#rooms.delete(id)) this.#sorted = null;
      return;
    }
    const known = this.#rooms.get(id);
    const room = {
      id,
      live: livemeta !== null,
      createdAt: meta.createdAt,
      owner: meta.owner.id,
    };
    this.#rooms.set(id, room);
    if (known === undefined || byPlace(known, room) !== 0 || known.owner !== room.owner) {
      this.#sorted = null;
    }
  }
}
