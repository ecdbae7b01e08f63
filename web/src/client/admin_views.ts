import type {
  AdminNode,
  AdminNodes,
  AdminRoom,
  AdminRooms,
  AdminStats,
  RoomPlace,
} from "../../../src/contracts/admin.ts";
import type { AdminEvent } from "../../../src/contracts/admin_events.ts";
import {
  flag,
  isRecord,
  list,
  nullable,
  number,
  oneOf,
  type Reader,
  shape,
  text,
} from "./shape.ts";
import { readRoom } from "./views.ts";

const nodeKind = oneOf("janus", "mixer");
const standing = oneOf("fit", "draining", "ill", "missing", "dead");

export const readNode: Reader<AdminNode> = shape<AdminNode>({
  kind: nodeKind,
  id: text,
  standing,
  standingText: text,
  takesRooms: flag,
  version: nullable(text),
  url: nullable(text),
  startedAt: nullable(text),
  load: nullable(number),
  capacity: nullable(number),
  unhealthy: nullable(text),
  draining: flag,
  order: nullable(shape({ orderedAt: number, deadlineS: number })),
  leaseLeftS: nullable(number),
  suspicions: list(shape({ witness: oneOf("edge", "janus"), reason: text, since: number })),
  roomCount: number,
  rooms: list(text),
});

export const readNodes: Reader<AdminNodes> = shape<AdminNodes>({
  nodes: list(readNode),
  hold: nullable(text),
});

const readPlace: Reader<RoomPlace> = shape<RoomPlace>({
  part: oneOf("janus", "mixer", "standby"),
  nodeId: text,
  standing,
  status: nullable(text),
  epoch: nullable(number),
  reason: nullable(text),
});

const readPlaces = shape<Pick<AdminRoom, "places">>({ places: list(readPlace) });

export const readAdminRoom: Reader<AdminRoom> = (value, at) => ({
  ...readRoom(value, at),
  ...readPlaces(value, at),
});

export const readRooms: Reader<AdminRooms> = shape<AdminRooms>({
  rooms: list(readAdminRoom),
  nextCursor: nullable(text),
  totals: shape({
    idle: number,
    starting: number,
    on_air: number,
    degraded: number,
    stopping: number,
  }),
});

export const readStats: Reader<AdminStats> = shape<AdminStats>({
  stepMs: number,
  samples: list(shape({
    at: text,
    listeners: number,
    lateMeanMs: nullable(number),
    lateMaxMs: nullable(number),
    parts: number,
    standIns: number,
    edges: number,
  })),
  edges: list(shape({ id: text, version: text, listeners: number, lateMaxMs: nullable(number) })),
});

/** The kinds are many, and grow: a page a little older than the server shows what it does not know. */
export type SeenEvent = Omit<AdminEvent, "kind" | "details"> & { readonly kind: string };

export const readEvent: Reader<SeenEvent> = shape<SeenEvent>({
  id: text,
  at: text,
  kind: text,
  severity: oneOf("info", "good", "warn", "bad"),
  text,
  roomId: nullable(text),
  node: nullable(shape({ kind: nodeKind, id: text })),
  by: nullable(shape({ id: text, name: text })),
});

/** An event in a text, or null when it holds none. */
export function parseEvent(json: string): SeenEvent | null {
  try {
    const value: unknown = JSON.parse(json);
    return isRecord(value) ? readEvent(value) : null;
  } catch {
    return null;
  }
}
