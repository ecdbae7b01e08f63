import type { RoomStore } from "../../coordination/rooms.ts";
import type { Running } from "../../platform/lifecycle.ts";
import { byPlace, type RoomPlace } from "./page.ts";

/** A room's place, and what the list can be filtered by. */
export interface IndexedRoom extends RoomPlace {
  readonly owner: string;
}

/** All rooms in the list's order, sorted anew only after something changed. */
export class RoomIndex implements Running {
  #sorted: readonly IndexedRoom[] | null = null;
  readonly #unsubscribe: () => void;

  constructor(private readonly rooms: RoomStore) {
    this.#unsubscribe = rooms.onChange(() => {
      this.#sorted = null;
    });
  }

  stop(): Promise<void> {
    this.#unsubscribe();
    return Promise.resolve();
  }

  sorted(): readonly IndexedRoom[] {
    this.#sorted ??= this.rooms.ids().flatMap((id): IndexedRoom[] => {
      const { meta, livemeta } = this.rooms.get(id);
      if (meta === null) return [];
      return [{
        id,
        live: livemeta !== null,
        createdAt: meta.createdAt,
        owner: meta.owner.id,
      }];
    }).sort(byPlace);
    return this.#sorted;
  }
}
