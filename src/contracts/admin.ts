import { z } from "zod";
import { AdminEventId, AdminEvents } from "./admin_events.ts";
import { DrainOrder, Suspicion } from "./faults.ts";
import { NodeId, RoomId } from "./ids.ts";
import { NodeKind } from "./node.ts";
import { type OperationShape, RoomView } from "./operations.ts";
import { ROOM_STATES, type RoomState } from "./states.ts";

/** What each standing of a node means, in a sentence. */
export const STANDINGS = {
  fit: "It serves, and what it has may stay.",
  draining: "It takes nothing new, and its rooms are moved to others.",
  ill: "It says that it cannot serve; its rooms are moved to others.",
  missing: "Its lease went a moment ago; it may come back.",
  dead: "It is gone, or found dead by those who use it.",
} as const;
export type StandingName = keyof typeof STANDINGS;
export const Standing = z.enum(Object.keys(STANDINGS) as [StandingName, ...StandingName[]]);

/** A media node as an operator sees it. What only a living node can tell is null for one that is gone. */
export const AdminNode = z.object({
  kind: NodeKind,
  id: NodeId,
  standing: Standing,
  /** What the standing means and why it is so, in words. */
  standingText: z.string(),
  /** Whether a room that starts now may come here. */
  takesRooms: z.boolean(),
  version: z.string().nullable(),
  url: z.string().nullable(),
  startedAt: z.iso.datetime().nullable(),
  /** The rooms it has, by its own count. */
  load: z.number().int().nullable(),
  /** The most rooms it takes. */
  capacity: z.number().int().nullable(),
  /** Null when it can serve, or is gone; else why not, in words. */
  unhealthy: z.string().nullable(),
  draining: z.boolean(),
  /** The order to drain it that stands, if one does. */
  order: DrainOrder.nullable(),
  /** How long (s) its lease would last without another sign of life; null when that is not known. */
  leaseLeftS: z.number().nullable(),
  suspicions: z.array(Suspicion),
  /** How many live rooms name it. */
  roomCount: z.number().int(),
  /** The first hundred of them; `admin.rooms` with `node` has all. */
  rooms: z.array(RoomId),
});
export type AdminNode = z.infer<typeof AdminNode>;

export const AdminNodes = z.object({
  nodes: z.array(AdminNode),
  /** Why no room is moved just now; null when rooms are moved as they need. */
  hold: z.string().nullable(),
});
export type AdminNodes = z.infer<typeof AdminNodes>;

/** What one node does for a live room. */
export const RoomPlace = z.object({
  part: z.enum(["janus", "mixer", "standby"]),
  nodeId: NodeId,
  standing: Standing,
  /** What the node itself last said of the room; null: nothing yet. */
  status: z.string().nullable(),
  /** The epoch it said that in; older than the room's while it has yet to catch up. */
  epoch: z.number().int().nullable(),
  reason: z.string().nullable(),
});
export type RoomPlace = z.infer<typeof RoomPlace>;

export const AdminRoom = RoomView.extend({
  /** Where it is and what each node says; empty when it is not live. */
  places: z.array(RoomPlace),
});
export type AdminRoom = z.infer<typeof AdminRoom>;

const RoomStateName = z.enum(Object.keys(ROOM_STATES) as [RoomState, ...RoomState[]]);

export const AdminRooms = z.object({
  rooms: z.array(AdminRoom),
  /** Give it back as `cursor` for the next page; null on the last one. */
  nextCursor: z.string().nullable(),
  /** How many rooms of the whole site are in each state. */
  totals: z.record(RoomStateName, z.number().int()),
});
export type AdminRooms = z.infer<typeof AdminRooms>;

export const AdminStats = z.object({
  /** How long (ms) one sample is. */
  stepMs: z.number().int(),
  /** The oldest first; a step in which no edge said anything is left out. */
  samples: z.array(z.object({
    at: z.iso.datetime(),
    /** Listeners at all edges, on average. */
    listeners: z.number(),
    /** How late (ms) parts came to edges, on average; null when nobody waited for one. */
    lateMeanMs: z.number().nullable(),
    /** The latest (ms). */
    lateMaxMs: z.number().nullable(),
    parts: z.number().int(),
    /** Parts of silence that edges made because none came in time. */
    standIns: z.number().int(),
    edges: z.number().int(),
  })),
  /** The edges that write samples now. */
  edges: z.array(z.object({
    id: NodeId,
    version: z.string(),
    listeners: z.number(),
    lateMaxMs: z.number().nullable(),
  })),
});
export type AdminStats = z.infer<typeof AdminStats>;

const NodeRef = { kind: NodeKind, id: NodeId };

/** The one table of what admins may do, as {@link ROOM_OPERATIONS} is of rooms. */
export const ADMIN_OPERATIONS = {
  "admin.nodes": {
    method: "GET",
    path: "/api/admin/nodes",
    summary: "List media nodes with load, health and rooms",
    auth: "admin",
    params: z.strictObject({}),
    result: AdminNodes,
    status: 200,
    errors: ["forbidden"],
  },
  "admin.node.drain": {
    method: "POST",
    path: "/api/admin/nodes/{kind}/{id}/drain",
    summary: "Order a node to hand its rooms over and end",
    auth: "admin",
    params: z.strictObject({
      ...NodeRef,
      /** How long (s) it may take; it ends then with what it has. */
      deadlineS: z.number().int().min(1).max(99_999).default(120),
    }),
    result: AdminNode,
    status: 200,
    errors: ["forbidden", "not_found", "conflict"],
  },
  "admin.node.undrain": {
    method: "POST",
    path: "/api/admin/nodes/{kind}/{id}/undrain",
    summary: "Take an order to drain back; a node that has begun to drain still ends",
    auth: "admin",
    params: z.strictObject(NodeRef),
    result: AdminNode,
    status: 200,
    errors: ["forbidden", "not_found", "conflict"],
  },
  "admin.rooms": {
    method: "GET",
    path: "/api/admin/rooms",
    summary: "List rooms with state, reasons and placement, those on air first",
    auth: "admin",
    params: z.strictObject({
      limit: z.coerce.number().int().min(1).max(100).default(50),
      cursor: z.string().max(200).optional(),
      live: z.union([z.boolean(), z.stringbool()]).optional(),
      state: RoomStateName.optional(),
      /** A node as `mixer/mixer-1`: only live rooms that name it. */
      node: z.string().regex(
        /^(janus|mixer)\/[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
        "a node, as mixer/mixer-1",
      ).optional(),
      /** A part of the id, the title or the owner's name. */
      search: z.string().trim().max(120).optional(),
    }),
    result: AdminRooms,
    status: 200,
    errors: ["forbidden"],
  },
  "admin.room.stop": {
    method: "POST",
    path: "/api/admin/rooms/{id}/stop",
    summary: "End a room's broadcast, whoever's it is; does nothing when it is not live",
    auth: "admin",
    params: z.strictObject({ id: RoomId, reason: z.string().trim().min(1).max(200).optional() }),
    result: RoomView,
    status: 200,
    errors: ["forbidden", "room_not_found", "conflict"],
  },
  "admin.events": {
    method: "GET",
    path: "/api/admin/events",
    summary: "What happened lately; as a live stream to whoever accepts text/event-stream",
    auth: "admin",
    params: z.strictObject({
      /** Only what came after this event; without it, the newest. */
      after: AdminEventId.optional(),
      limit: z.coerce.number().int().min(1).max(500).default(100),
    }),
    result: AdminEvents,
    status: 200,
    errors: ["forbidden"],
    streams: true,
  },
  "admin.stats": {
    method: "GET",
    path: "/api/admin/stats",
    summary: "How many listened, and how late parts were, over the last minutes",
    auth: "admin",
    params: z.strictObject({ minutes: z.coerce.number().int().min(1).max(15).default(10) }),
    result: AdminStats,
    status: 200,
    errors: ["forbidden"],
  },
} as const satisfies Record<string, OperationShape>;
export type AdminOperation = keyof typeof ADMIN_OPERATIONS;
export type AdminParams<K extends AdminOperation> = z.output<
  typeof ADMIN_OPERATIONS[K]["params"]
>;
