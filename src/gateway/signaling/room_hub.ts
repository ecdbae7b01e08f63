import type { RoomId } from "../../contracts/ids.ts";
import type { NodeStore } from "../../coordination/nodes.ts";
import type { RoomStore } from "../../coordination/rooms.ts";
import type { Running } from "../../platform/lifecycle.ts";
import type { Log } from "../../platform/log.ts";
import { LocalRoom } from "./local_room.ts";
import type { Member } from "./member.ts";
import type { RoomEvent, RoomLog } from "./room_log.ts";
import type { StreamId } from "./stream_id.ts";

export interface RoomHubOptions {
  readonly rooms: RoomStore;
  readonly nodes: NodeStore;
  readonly roomLog: RoomLog;
  /** What is read from Redis; see RoomFeed. */
  readonly feed: {
    follow(room: RoomId, after: StreamId): void;
    unfollow(room: RoomId): void;
  };
  /** Takes a member's seat away; the page may take another if `rejoin`. */
  readonly kick: (member: Member, reason: string, rejoin: boolean) => void;
  readonly log: Log;
}

/** How much later (ms) than a seat's record runs out it is looked at again. */
const AFTER_RECORD_MS = 200;

/** All members of this gateway by room, and what they are told of their room. */
export class RoomHub implements Running {
  readonly #rooms = new Map<RoomId, LocalRoom>();
  /** Seats whose leaving is being told: each of our members sees it, one telling is enough. */
  readonly #leaving = new Set<string>();
  /** Seats that left Janus and whose pages are awaited, with when to look again. */
  readonly #awaited = new Map<string, ReturnType<typeof setTimeout>>();
  #unlisten: readonly (() => void)[] = [];

  constructor(private readonly options: RoomHubOptions) {}

  start(): void {
    if (this.#unlisten.length > 0) return;
    const { rooms, nodes } = this.options;
    this.#unlisten = [
      rooms.onChange((id) => this.#rooms.get(id)?.look()),
      // A node that came or went says something of every room placed on it.
      nodes.onChange(() => this.#rooms.forEach((room) => room.look())),
    ];
  }

  stop(): Promise<void> {
    for (const end of this.#unlisten) end();
    for (const timer of this.#awaited.values()) clearTimeout(timer);
    for (const room of this.#rooms.values()) room.stop();
    return Promise.resolve();
  }

  /** Tells the member of its room from now on, and of events after `since`. */
  add(member: Member, since: StreamId): void {
    const { rooms, nodes, feed, kick } = this.options;
    const id = member.roomId;
    const room = this.#rooms.get(id) ?? new LocalRoom(id, rooms, nodes, kick);
    this.#rooms.set(id, room);
    room.add(member, since);
    feed.follow(id, since);
  }

  remove(member: Member): void {
    const room = this.#rooms.get(member.roomId);
    room?.remove(member);
    if (room?.size !== 0) return;
    room.stop();
    this.#rooms.delete(member.roomId);
    this.options.feed.unfollow(member.roomId);
  }

  /** An event of a room's stream. */
  deliver(room: RoomId, event: RoomEvent): void {
    this.#rooms.get(room)?.deliver(event);
  }

  /** Redis is back: what could not be told is told now. */
  catchUp(): void {
    for (const room of this.#rooms.values()) {
      for (const member of room.members()) member.catchUp();
      void this.#strikeOutAbsent(room);
    }
  }

  /**
   * Janus says that somebody left; their own gateway may be dead, so whoever sees it tells. Somebody whose page is
   * awaited has not left yet: that is looked at once more when nobody waits any more.
   */
  sawLeaving(room: RoomId, seat: string): void {
    const key = `${room}/${seat}`;
    if (this.#leaving.has(key) || this.#awaited.has(key)) return;
    void this.#retire(room, seat, key).then((againInMs) => {
      if (againInMs === 0 || this.#awaited.has(key)) return;
      const look = () => void this.#retire(room, seat, key).then(() => this.#awaited.delete(key));
      this.#awaited.set(key, setTimeout(look, againInMs + AFTER_RECORD_MS));
    });
  }

  /** Never rejects. */
  async #retire(room: RoomId, seat: string, key: string): Promise<number> {
    this.#leaving.add(key);
    try {
      return await this.options.roomLog.retire(room, seat);
    } catch (err) {
      this.options.log.debug({ err, room }, "a leaving was not told");
      return 0;
    } finally {
      this.#leaving.delete(key);
    }
  }

  /** Seats entered in Redis that are not on Janus were left while nobody could be told. */
  async #strikeOutAbsent(room: LocalRoom): Promise<void> {
    const [member] = room.members();
    if (member === undefined) return;
    try {
      const entered = await this.options.roomLog.seats(room.id);
      const present = new Set((await member.presence()).participants.map(({ id }) => id));
      for (const seat of entered) if (!present.has(seat)) this.sawLeaving(room.id, seat);
    } catch (err) {
      this.options.log.debug({ err, room: room.id }, "seats were not compared");
    }
  }
}
