import type { z } from "zod";
import { NodeId, RoomId } from "./ids.ts";
import { NodeInfo, type NodeKind } from "./node.ts";
import { JanusObserved, LiveMeta, MixerObserved, RoomMeta } from "./room.ts";

/**
 * The one table of keys in etcd: what each key holds, who writes it, and whether it hangs on a lease.
 */
export const KEYS = {
  meta: { pattern: "/rooms/{id}/meta", schema: RoomMeta, writer: "rooms", leased: false },
  livemeta: { pattern: "/rooms/{id}/livemeta", schema: LiveMeta, writer: "rooms", leased: false },
  janus: { pattern: "/rooms/{id}/janus", schema: JanusObserved, writer: "janus", leased: false },
  mixer: { pattern: "/rooms/{id}/mixer", schema: MixerObserved, writer: "mixer", leased: false },
  janusNode: { pattern: "/nodes/janus/{id}", schema: NodeInfo, writer: "janus", leased: true },
  mixerNode: { pattern: "/nodes/mixer/{id}", schema: NodeInfo, writer: "mixer", leased: true },
} as const satisfies Record<
  string,
  {
    pattern: string;
    schema: z.ZodType;
    writer: "rooms" | "janus" | "mixer";
    leased: boolean;
  }
>;

export const ROOMS_PREFIX = "/rooms/";
export const NODES_PREFIX = "/nodes/";

/** The parts of a room's state, each a key of its own. */
export const ROOM_PARTS = ["meta", "livemeta", "janus", "mixer"] as const;
export type RoomPart = typeof ROOM_PARTS[number];

/** The key of one part of a room's state. */
export function roomKey(id: RoomId, part: RoomPart): string {
  return `${ROOMS_PREFIX}${id}/${part}`;
}

/** The key of a node. */
export function nodeKey(kind: NodeKind, id: NodeId): string {
  return `${NODES_PREFIX}${kind}/${id}`;
}

/** The room and part a key belongs to, or null when it is not one of ours. */
export function parseRoomKey(key: string): { id: RoomId; part: RoomPart } | null {
  if (!key.startsWith(ROOMS_PREFIX)) return null;
  const [id, part, rest] = key.slice(ROOMS_PREFIX.length).split("/");
  const known = ROOM_PARTS.find((name) => name === part);
  if (known === undefined || rest !== undefined || !RoomId.safeParse(id).success) return null;
  return { id: id as RoomId, part: known };
}

/** The kind and id of the node a key belongs to, or null when it is not one of ours. */
export function parseNodeKey(key: string): { kind: NodeKind; id: NodeId } | null {
  if (!key.startsWith(NODES_PREFIX)) return null;
  const [kind, id, rest] = key.slice(NODES_PREFIX.length).split("/");
  if ((kind !== "janus" && kind !== "mixer") || rest !== undefined) return null;
  return NodeId.safeParse(id).success ? { kind, id: id as NodeId } : null;
}
