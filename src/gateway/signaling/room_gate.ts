import { AppError } from "../../contracts/errors.ts";
import type { RoomId } from "../../contracts/ids.ts";
import type { LiveMeta, RoomMeta } from "../../contracts/room.ts";
import type { RoomStore, VersionedRoom } from "../../coordination/rooms.ts";
import { abortable } from "./abortable.ts";

/** A room that is live. */
export interface LiveRoom extends VersionedRoom {
  readonly meta: RoomMeta;
  readonly livemeta: LiveMeta;
}

/** What a room is, and at which revision of etcd it was so. */
export interface KnownRoom {
  readonly meta: RoomMeta;
  readonly metaRevision: bigint;
}

/** Says which rooms can be joined, and when. */
export class RoomGate {
  constructor(private readonly rooms: RoomStore) {}

  /**
   * The room, if it is live. "It is not" is believed only of etcd itself, for the page that has just started it
   * is faster than our copy.
   *
   * @throws AppError `room_not_found`, `room_not_live`, or `unavailable` when etcd is away.
   */
  async live(id: RoomId): Promise<LiveRoom> {
    const known = asLive(this.rooms.get(id));
    if (known) return known;
    const room = await this.#read(id);
    if (room.meta === null) throw new AppError("room_not_found", `There is no room ${id}`);
    const live = asLive(room);
    if (live === null) {
      throw new AppError("room_not_live", "The broadcast has not begun, or is over");
    }
    return live;
  }

  /**
   * What the room is, live or not.
   *
   * @param fresh True: as etcd has it now.
   * @throws AppError `room_not_found`, or `unavailable` when etcd is away.
   */
  async known(id: RoomId, fresh = false): Promise<KnownRoom> {
    const copy = this.rooms.get(id);
    const room = fresh || copy.meta === null ? await this.#read(id) : copy;
    if (room.meta === null) throw new AppError("room_not_found", `There is no room ${id}`);
    return { meta: room.meta, metaRevision: room.revisions.meta };
  }

  /**
   * Waits until the Janus of the room's present epoch has the room.
   *
   * @throws AppError `room_not_live` when it is over meanwhile, `unavailable` when the signal is aborted first.
   */
  async ready(id: RoomId, signal: AbortSignal): Promise<LiveRoom> {
    let room = await this.live(id);
    const changes = new Changes(this.rooms, id);
    try {
      while (!isReady(room)) {
        await changes.next(signal);
        const live = asLive(this.rooms.get(id));
        room = live ?? await this.live(id);
      }
      return room;
    } catch (cause) {
      if (cause instanceof AppError) throw cause;
      const why = room.janus?.reason ?? "its media server is still setting it up";
      throw new AppError("unavailable", `The room cannot be joined yet: ${why}`, {
        cause,
        retryAfterS: 1,
      });
    } finally {
      changes.end();
    }
  }

  /** Whether etcd says that this broadcast is over; false when it cannot be asked. */
  async isOver(id: RoomId): Promise<boolean> {
    try {
      return isOver(await this.rooms.read(id));
    } catch {
      return false;
    }
  }

  async #read(id: RoomId): Promise<VersionedRoom> {
    try {
      return await this.rooms.read(id);
    } catch (cause) {
      throw new AppError("unavailable", "Whether the room is live cannot be told just now", {
        cause,
        retryAfterS: 2,
      });
    }
  }
}

/** Whether the room is not live. A livemeta that cannot be read says nothing of the kind. */
export function isOver(room: VersionedRoom): boolean {
  return room.livemeta === null && room.revisions.livemeta === 0n;
}

function asLive(room: VersionedRoom): LiveRoom | null {
  const { meta, livemeta } = room;
  return meta && livemeta ? { ...room, meta, livemeta } : null;
}

function isReady({ livemeta, janus }: LiveRoom): boolean {
  return janus !== null && janus.status !== "failed" && janus.epoch === livemeta.epoch &&
    janus.janusId === livemeta.janusId;
}

/** The changes of one room, none of which is missed between two waits. */
class Changes {
  #changed = Promise.withResolvers<void>();
  readonly end: () => void;

  constructor(rooms: RoomStore, id: RoomId) {
    this.end = rooms.onChange((changed) => {
      if (changed === id) this.#changed.resolve();
    });
  }

  async next(signal: AbortSignal): Promise<void> {
    await abortable(this.#changed.promise, signal);
    this.#changed = Promise.withResolvers();
  }
}
