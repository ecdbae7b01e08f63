import type { AdminParams, AdminRoom, AdminRooms, StandingName } from "../../contracts/admin.ts";
import type { NodeId, RoomId } from "../../contracts/ids.ts";
import type { NodeKind } from "../../contracts/node.ts";
import type { LiveMeta } from "../../contracts/room.ts";
import { roomView } from "../../contracts/room_view.ts";
import {
  type NodePresence,
  ROOM_STATES,
  type RoomState,
  roomState,
} from "../../contracts/states.ts";
import type { RoomStore, VersionedRoom } from "../../coordination/rooms.ts";
import { pageOf } from "../rooms/page.ts";
import type { RoomIndex } from "../rooms/room_index.ts";

export interface AdminRoomsOptions {
  readonly rooms: Pick<RoomStore, "get" | "ids">;
  readonly index: Pick<RoomIndex, "sorted">;
  readonly nodes: NodePresence;
  readonly standing: (kind: NodeKind, id: NodeId) => StandingName;
  /** Unix time in ms. */
  readonly now: () => number;
}

/** Rooms as operators see them, found by what operators ask for. */
export class AdminRoomList {
  constructor(private readonly options: AdminRoomsOptions) {}

  /** @throws AppError `invalid_params` when the cursor is none of ours. */
  list({ limit, cursor, ...wanted }: AdminParams<"admin.rooms">): AdminRooms {
    const { rooms, index } = this.options;
    const totals = noRooms();
    const found = index.sorted().filter(({ id }) => {
      const room = rooms.get(id);
      const { state } = this.#state(room);
      totals[state] += 1;
      return fits(room, state, wanted);
    });
    const page = pageOf(found, limit, cursor);
    return {
      rooms: page.rooms.flatMap(({ id }) => this.#view(rooms.get(id)) ?? []),
      nextCursor: page.nextCursor,
      totals,
    };
  }

  /** The live rooms that name each node, by `kind/id`. */
  byNode(): Map<string, RoomId[]> {
    const { rooms } = this.options;
    const found = new Map<string, RoomId[]>();
    for (const id of rooms.ids()) {
      const { livemeta } = rooms.get(id);
      for (const node of livemeta === null ? [] : nodesOf(livemeta)) {
        const ids = found.get(node) ?? [];
        found.set(node, ids);
        ids.push(id);
      }
    }
    return found;
  }

  #state(room: VersionedRoom) {
    return roomState(room, this.options.now(), this.options.nodes);
  }

  #view(room: VersionedRoom): AdminRoom | null {
    const { meta, livemeta } = room;
    if (meta === null) return null;
    const view = roomView(meta, room, this.options.now(), this.options.nodes);
    return { ...view, places: livemeta === null ? [] : this.#places(room, livemeta) };
  }

  #places(room: VersionedRoom, live: LiveMeta): AdminRoom["places"] {
    const { standing } = this.options;
    const { janus } = room;
    const said = janus?.janusId === live.janusId ? janus : null;
    return [
      {
        part: "janus",
        nodeId: live.janusId,
        standing: standing("janus", live.janusId),
        ...sayings(said),
      },
      ...(["mixer", "standby"] as const).flatMap((part) => {
        const nodeId = part === "mixer" ? live.mixerId : live.standbyId;
        if (nodeId === null) return [];
        const said = [room.mixer, room.standby].find((one) =>
          one?.mixerId === nodeId && one.liveId === live.liveId
        );
        return [{ part, nodeId, standing: standing("mixer", nodeId), ...sayings(said ?? null) }];
      }),
    ];
  }
}

function sayings(
  said: { status: string; epoch: number; reason?: string | undefined } | null,
): { status: string | null; epoch: number | null; reason: string | null } {
  return {
    status: said?.status ?? null,
    epoch: said?.epoch ?? null,
    reason: said?.reason ?? null,
  };
}

function nodesOf({ janusId, mixerId, standbyId }: LiveMeta): string[] {
  const mixers = standbyId === null ? [mixerId] : [mixerId, standbyId];
  return [`janus/${janusId}`, ...mixers.map((id) => `mixer/${id}`)];
}

function fits(
  { meta, livemeta }: VersionedRoom,
  state: RoomState,
  wanted: Pick<AdminParams<"admin.rooms">, "live" | "state" | "node" | "search">,
): boolean {
  if (meta === null) return false;
  if (wanted.live !== undefined && wanted.live !== (livemeta !== null)) return false;
  if (wanted.state !== undefined && wanted.state !== state) return false;
  if (wanted.node !== undefined && !(livemeta && nodesOf(livemeta).includes(wanted.node))) {
    return false;
  }
  if (!wanted.search) return true;
  const needle = wanted.search.toLowerCase();
  return [meta.id, meta.title, meta.owner.name].some((text) => text.toLowerCase().includes(needle));
}

function noRooms(): Record<RoomState, number> {
  const states = Object.keys(ROOM_STATES) as RoomState[];
  return Object.fromEntries(states.map((state) => [state, 0])) as Record<RoomState, number>;
}
