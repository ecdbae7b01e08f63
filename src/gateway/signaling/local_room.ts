import type { RoomId } from "../../contracts/ids.ts";
import { stateText } from "../../contracts/room_view.ts";
import type { NotificationParams } from "../../contracts/rpc.ts";
import { type NodePresence, roomState, START_GRACE_MS } from "../../contracts/states.ts";
import type { RoomStore } from "../../coordination/rooms.ts";
import type { Member, Place } from "./member.ts";
import { isOver } from "./room_gate.ts";
import type { RoomEvent } from "./room_log.ts";
import { compareStreamIds, type StreamId } from "./stream_id.ts";

type RoomStateNotice = NotificationParams<"room.state">;

/** The members that one gateway has in one room. */
export class LocalRoom {
  /** Each member with the last event it was told of. */
  readonly #members = new Map<Member, StreamId>();
  #told = "";
  #grace: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly id: RoomId,
    private readonly rooms: RoomStore,
    private readonly nodes: NodePresence,
    private readonly kick: (member: Member, reason: string, rejoin: boolean) => void,
  ) {}

  get size(): number {
    return this.#members.size;
  }

  members(): Member[] {
    return [...this.#members.keys()];
  }

  /** Tells the member of events after `since`, also one that was here before. */
  add(member: Member, since: StreamId): void {
    this.#members.set(member, since);
    const state = this.#state();
    member.notify("room.state", state);
    this.#told = JSON.stringify(state);
    this.look();
  }

  remove(member: Member): void {
    this.#members.delete(member);
  }

  stop(): void {
    clearTimeout(this.#grace);
  }

  /** Tells every member of an event that is news to it. */
  deliver({ id, method, params }: RoomEvent): void {
    for (const [member, position] of this.#members) {
      if (compareStreamIds(position, id) >= 0) continue;
      this.#members.set(member, id);
      member.notify(method, { ...params, eventId: id });
    }
  }

  /** The room may have changed: takes seats away that are none any more, and tells its state if that is new. */
  look(): void {
    const room = this.rooms.get(this.id);
    const over = this.rooms.synced && isOver(room);
    for (const member of this.members()) {
      if (over) this.kick(member, "room over", false);
      else if (room.livemeta !== null && hasMoved(member.place, room.livemeta)) {
        this.kick(member, "the room moved to another media server", true);
      }
    }
    const state = this.#state();
    const text = JSON.stringify(state);
    if (text !== this.#told) {
      this.#told = text;
      for (const member of this.members()) member.notify("room.state", state);
    }
    clearTimeout(this.#grace);
    if (state.state !== "starting" || room.livemeta === null || this.size === 0) return;
    const endsInMs = room.livemeta.startedAt + START_GRACE_MS - Date.now();
    this.#grace = setTimeout(() => this.look(), Math.max(0, endsInMs) + 10);
  }

  #state(): RoomStateNotice {
    const room = this.rooms.get(this.id);
    const { state, reasons } = roomState(room, Date.now(), this.nodes);
    return {
      roomId: this.id,
      liveId: room.livemeta?.liveId ?? null,
      state,
      stateText: stateText({ state, reasons }),
      reasons: [...reasons],
    };
  }
}

/** A new epoch alone moves nobody: when a mixer is replaced, anchors stay where they are. */
function hasMoved(place: Place | null, livemeta: { liveId: string; janusId: string }): boolean {
  return place !== null &&
    (place.liveId !== livemeta.liveId || place.janusId !== livemeta.janusId);
}
