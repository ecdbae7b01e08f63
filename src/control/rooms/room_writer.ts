import { AppError } from "../../contracts/errors.ts";
import type { RoomId } from "../../contracts/ids.ts";
import type { RoomPart } from "../../contracts/keys.ts";
import type { PartValue, RoomStore, VersionedRoom } from "../../coordination/rooms.ts";
import { StoreError } from "../../coordination/store.ts";
import { backoffMs, sleep } from "../../platform/backoff.ts";

/** The parts of a room to write (null deletes). All happens, or nothing does. */
export type RoomWrites = { readonly [P in RoomPart]?: PartValue<P> | null };

/**
 * Decides on a room as etcd has it: what to write, or null when nothing is to be done. It may be asked again, with
 * what others (or an unheard answer) have written meanwhile. What it throws goes to the caller.
 *
 * @param unheard Whether a write that it decided on before may have happened: etcd did not say.
 */
export type Decide = (room: VersionedRoom, unheard: boolean) => RoomWrites | null;

/** How often a decision is made anew when others write at the same time. */
const MAX_TRIES = 6;

/** Makes decisions about one room and writes them, guarded by the revisions they rest on. */
export class RoomWriter {
  constructor(private readonly rooms: RoomStore) {}

  /**
   * Reads, decides and writes, until a write holds or nothing is to be written. A write that etcd did not answer
   * may have happened: the room is read and decided on again before anybody is told.
   *
   * @returns The room as it is afterwards.
   * @throws AppError `conflict` when others were faster each time, `unavailable` when etcd is away.
   */
  async change(id: RoomId, decide: Decide): Promise<VersionedRoom> {
    let unheard = false;
    for (let attempt = 1; attempt <= MAX_TRIES; attempt++) {
      const room = await this.read(id);
      const writes = decide(room, unheard);
      if (writes === null) return room;
      const outcome = await this.#write(id, room, writes);
      if (outcome === "done") return this.rooms.get(id);
      unheard ||= outcome === "unheard";
      await sleep(backoffMs(attempt, { baseMs: 5, maxMs: 50 }));
    }
    throw new AppError("conflict", `Room ${id} is being changed by others: try again`, {
      retryAfterS: 1,
    });
  }

  /**
   * The room as etcd has it now.
   *
   * @throws AppError `unavailable` when etcd is away.
   */
  async read(id: RoomId): Promise<VersionedRoom> {
    try {
      return await this.rooms.read(id);
    } catch (cause) {
      if (!(cause instanceof StoreError)) throw cause;
      throw new AppError("unavailable", "The store of rooms (etcd) cannot be reached", {
        cause,
        retryAfterS: 2,
      });
    }
  }

  async #write(id: RoomId, room: VersionedRoom, writes: RoomWrites) {
    const { meta, livemeta } = room.revisions;
    try {
      return await this.rooms.write(id, { meta, livemeta }, writes) ? "done" : "refused";
    } catch (cause) {
      if (cause instanceof StoreError) return "unheard";
      throw cause;
    }
  }
}
