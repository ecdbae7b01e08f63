import { AppError } from "../../contracts/errors.ts";
import { randomId, type RoomId } from "../../contracts/ids.ts";
import type { OperationParams, RoomPage, RoomView } from "../../contracts/operations.ts";
import type { RoomMeta } from "../../contracts/room.ts";
import type { NodePresence } from "../../contracts/states.ts";
import type { RoomStore, VersionedRoom } from "../../coordination/rooms.ts";
import type { Log } from "../../platform/log.ts";
import { hashSecret } from "../../platform/password.ts";
import { assertMayChange, type Caller, signedIn } from "./caller.ts";
import { pageOf } from "./page.ts";
import type { RoomIndex } from "./room_index.ts";
import type { RoomWriter } from "./room_writer.ts";
import { createWrites } from "./transitions.ts";
import { roomView } from "../../contracts/room_view.ts";

export interface RoomServiceOptions {
  readonly rooms: RoomStore;
  readonly index: RoomIndex;
  readonly writer: RoomWriter;
  readonly nodes: NodePresence;
  readonly log: Log;
  /** Unix time in ms. */
  readonly now?: () => number;
}

/** What rooms are: made, found, changed, deleted. Going live is the {@link LiveService}'s. */
export class RoomService {
  readonly #now: () => number;

  constructor(private readonly options: RoomServiceOptions) {
    this.#now = options.now ?? Date.now;
  }

  /** @throws AppError `room_exists` when the id is taken. */
  async create(params: OperationParams<"room.create">, caller: Caller): Promise<RoomView> {
    const { sub, name } = signedIn(caller);
    const given = {
      id: params.id ?? randomId(10),
      title: params.title,
      owner: { id: sub, name },
      pinHash: params.pin === undefined ? null : await hashSecret(params.pin),
      createdAt: this.#now(),
      redundancy: params.redundancy,
      access: params.access,
    };
    const room = await this.options.writer.change(given.id, (room) => {
      if (room.meta !== null && isSame(room.meta, given)) return null;
      if (room.revisions.meta !== 0n) {
        throw new AppError("room_exists", `A room with the id ${given.id} exists`);
      }
      return createWrites(room, given);
    });
    this.options.log.info({ room: given.id, by: sub }, "room created");
    return this.#view(given.id, room);
  }

  list(params: OperationParams<"room.list">): Promise<RoomPage> {
    const { limit, cursor, live, owner } = params;
    const wanted = this.options.index.sorted().filter((room) =>
      (live === undefined || room.live === live) && (owner === undefined || room.owner === owner)
    );
    const { rooms, nextCursor } = pageOf(wanted, limit, cursor);
    const views = rooms.map(({ id }) => this.#view(id, this.options.rooms.get(id)));
    return Promise.resolve({ rooms: views, nextCursor });
  }

  /** Asks etcd only when memory knows of no such room: another Room Manager may have just made it. */
  async get({ id }: OperationParams<"room.get">): Promise<RoomView> {
    const known = this.options.rooms.get(id);
    return this.#view(id, known.meta === null ? await this.options.writer.read(id) : known);
  }

  async update(params: OperationParams<"room.update">, caller: Caller): Promise<RoomView> {
    const { id, title, pin, redundancy, access } = params;
    if (typeof pin === "string") {
      // Hashing is costly: not for who may not change the room.
      const { meta } = await this.options.writer.read(id);
      assertMayChange(assertFound(id, meta), caller);
    }
    const pinHash = typeof pin === "string" ? await hashSecret(pin) : pin;
    const patch = {
      ...(title === undefined ? {} : { title }),
      ...(pinHash === undefined ? {} : { pinHash }),
      ...(redundancy === undefined ? {} : { redundancy }),
      ...(access === undefined ? {} : { access }),
    };
    const room = await this.options.writer.change(id, ({ meta }) => {
      const known = assertFound(id, meta);
      assertMayChange(known, caller);
      const changed = { ...known, ...patch };
      const same = changed.title === known.title && changed.pinHash === known.pinHash &&
        changed.redundancy === known.redundancy && changed.access === known.access;
      return same ? null : { meta: changed };
    });
    return this.#view(id, room);
  }

  /** Stops and deletes in one step. An admin may also delete a room whose meta cannot be read. */
  async remove({ id }: OperationParams<"room.delete">, caller: Caller): Promise<null> {
    let tried: number | null = null;
    await this.options.writer.change(id, (room, unheard) => {
      const unreadable = room.meta === null && room.revisions.meta !== 0n;
      if (tried !== null && room.revisions.meta === 0n) return null;
      // An unheard deletion may have been carried out, and the id be in use anew.
      if (unheard && room.meta !== null && room.meta.createdAt !== tried) return null;
      if (!unreadable || caller?.role !== "admin") {
        const meta = assertFound(id, room.meta);
        assertMayChange(meta, caller);
      }
      tried = room.meta?.createdAt ?? 0;
      return { meta: null, ...(room.revisions.livemeta === 0n ? {} : { livemeta: null }) };
    });
    this.options.log.info({ room: id, by: caller?.sub }, "room deleted");
    return null;
  }

  #view(id: RoomId, room: VersionedRoom): RoomView {
    return roomView(assertFound(id, room.meta), room, this.#now(), this.options.nodes);
  }
}

/** @throws AppError `room_not_found` when there is none. */
export function assertFound(id: RoomId, meta: RoomMeta | null): RoomMeta {
  if (meta !== null) return meta;
  throw new AppError("room_not_found", `There is no room ${id}`);
}

/** Whether the room is the one that this very call made, its answer unheard. */
function isSame(meta: RoomMeta, given: Pick<RoomMeta, "owner" | "pinHash" | "createdAt">): boolean {
  return meta.owner.id === given.owner.id && meta.createdAt === given.createdAt &&
    meta.pinHash === given.pinHash;
}
