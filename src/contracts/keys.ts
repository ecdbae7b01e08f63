import type { z } from "zod";
import { NodeId, RoomId } from "./ids.ts";
import { NodeInfo, NodeKind } from "./node.ts";
import { LinkKey } from "./listen_links.ts";
import { DrainOrder, Suspicion } from "./faults.ts";
import { JanusObserved, LiveMeta, MixerObserved, RoomMeta } from "./room.ts";

/**
 * The one table of keys in etcd: what each key holds, who writes it, and whether it hangs on a lease.
 */
export const KEYS = {
  meta: { pattern: "/rooms/{id}/meta", schema: RoomMeta, writer: "rooms", leased: false },
  livemeta: { pattern: "/rooms/{id}/livemeta", schema: LiveMeta, writer: "rooms", leased: false },
  janus: { pattern: "/rooms/{id}/janus", schema: JanusObserved, writer: "janus", leased: false },
  mixer: { pattern: "/rooms/{id}/mixer", schema: MixerObserved, writer: "mixer", leased: false },
  standby: {
    pattern: "/rooms/{id}/standby",
    schema: MixerObserved,
    writer: "mixer",
    leased: false,
  },
  janusNode: { pattern: "/nodes/janus/{id}", schema: NodeInfo, writer: "janus", leased: true },
  mixerNode: { pattern: "/nodes/mixer/{id}", schema: NodeInfo, writer: "mixer", leased: true },
  drain: { pattern: "/drains/{kind}/{id}", schema: DrainOrder, writer: "operator", leased: false },
  suspicion: {
    pattern: "/suspicions/{kind}/{id}/{reporter}",
    schema: Suspicion,
    writer: "witness",
    leased: true,
  },
  linkKey: { pattern: "/linkkeys/{id}", schema: LinkKey, writer: "rooms", leased: false },
} as const satisfies Record<
  string,
  {
    pattern: string;
    schema: z.ZodType;
    writer: "rooms" | "janus" | "mixer" | "operator" | "witness";
    leased: boolean;
  }
>;

export const ROOMS_PREFIX = "/rooms/";
export const NODES_PREFIX = "/nodes/";
export const DRAINS_PREFIX = "/drains/";
export const LINK_KEYS_PREFIX = "/linkkeys/";
export const SUSPICIONS_PREFIX = "/suspicions/";

/** The parts of a room's state, each a key of its own. */
export const ROOM_PARTS = ["meta", "livemeta", "janus", "mixer", "standby"] as const;
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

/** The key of the order to drain a node. */
export function drainKey(kind: NodeKind, id: NodeId): string {
  return `${DRAINS_PREFIX}${kind}/${id}`;
}

/** The key under which one witness suspects a node. */
export function suspicionKey(kind: NodeKind, id: NodeId, reporter: NodeId): string {
  return `${SUSPICIONS_PREFIX}${kind}/${id}/${reporter}`;
}

/** The kind and id of the node a key belongs to, or null when it is not one of ours. */
export function parseNodeKey(key: string): { kind: NodeKind; id: NodeId } | null {
  return parseOfNode(NODES_PREFIX, key, 2);
}

/** The node that a drain order is for, or null when the key is not one of ours. */
export function parseDrainKey(key: string): { kind: NodeKind; id: NodeId } | null {
  return parseOfNode(DRAINS_PREFIX, key, 2);
}

/** The node that a suspicion is about, and who has it; null when the key is not one of ours. */
export function parseSuspicionKey(
  key: string,
): { kind: NodeKind; id: NodeId; reporter: NodeId } | null {
  const node = parseOfNode(SUSPICIONS_PREFIX, key, 3);
  const reporter = NodeId.safeParse(key.split("/").at(-1));
  return node && reporter.success ? { ...node, reporter: reporter.data } : null;
}

/** The node in a key of so many segments: kind, id, and what more there is. */
function parseOfNode(
  prefix: string,
  key: string,
  segments: number,
): { kind: NodeKind; id: NodeId } | null {
  if (!key.startsWith(prefix)) return null;
  const parts = key.slice(prefix.length).split("/");
  const [kind, id] = [NodeKind.safeParse(parts[0]), NodeId.safeParse(parts[1])];
  return parts.length === segments && kind.success && id.success
    ? { kind: kind.data, id: id.data }
    : null;
}
