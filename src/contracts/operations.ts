import { z } from "zod";
import type { ErrorCode } from "./errors.ts";
import { DisplayName, LiveId, NodeId, RoomId, UserId } from "./ids.ts";
import { LINK_TTL_S, ListenLink, RoomAccess } from "./listen_links.ts";
import { Pin, Redundancy, RoomTitle, StreamKey } from "./room.ts";
import { ROOM_STATES, type RoomState } from "./states.ts";

/** A room as callers see it. */
export const RoomView = z.object({
  id: RoomId,
  title: RoomTitle,
  owner: z.object({ id: UserId, name: DisplayName }),
  hasPin: z.boolean(),
  /** How many mixers each broadcast runs on at once: 2 is a hot standby. */
  redundancy: Redundancy,
  /** `signed`: its playlists are to be had only under a link made by `room.link`. */
  access: RoomAccess,
  createdAt: z.iso.datetime(),
  state: z.enum(Object.keys(ROOM_STATES) as [RoomState, ...RoomState[]]),
  /** What the state means and why it is so, in words. */
  stateText: z.string(),
  reasons: z.array(z.string()),
  live: z.object({
    id: LiveId,
    epoch: z.number().int(),
    startedAt: z.iso.datetime(),
    janusId: NodeId,
    mixerId: NodeId,
    /** The mixer that takes over when the other dies, or while the room is moved; null when there is none. */
    standbyId: NodeId.nullable(),
  }).nullable(),
  links: z.object({ listen: z.string(), studio: z.string(), hls: z.string(), classic: z.string() }),
});
export type RoomView = z.infer<typeof RoomView>;

export const RoomPage = z.object({
  rooms: z.array(RoomView),
  /** Give it back as `cursor` for the next page; null on the last one. */
  nextCursor: z.string().nullable(),
});
export type RoomPage = z.infer<typeof RoomPage>;

/** A stream key as its owner sees it; the key itself is told once, when it is made. */
export const StreamKeyView = StreamKey.pick({ id: true, name: true }).extend({
  createdAt: z.iso.datetime(),
});
export type StreamKeyView = z.infer<typeof StreamKeyView>;

const RoomRef = z.strictObject({ id: RoomId });

/**
 * The one table of room operations. REST (`method` and `path`), JSON-RPC 2.0 (the key is the method's
 * name), the OpenAPI document and the gateway's proxy all come from it. For REST, params named in the
 * path come from the path; the rest from the query (GET, DELETE) or the JSON body.
 */
export const ROOM_OPERATIONS = {
  "room.create": {
    method: "POST",
    path: "/api/rooms",
    summary: "Create a room",
    auth: "user",
    params: z.strictObject({
      id: RoomId.optional(),
      title: RoomTitle,
      pin: Pin.optional(),
      redundancy: Redundancy.default(1),
      access: RoomAccess.default("open"),
    }),
    result: RoomView,
    status: 201,
    errors: ["room_exists"],
  },
  "room.list": {
    method: "GET",
    path: "/api/rooms",
    summary: "List rooms, those on air first, then the newest",
    auth: "none",
    params: z.strictObject({
      limit: z.coerce.number().int().min(1).max(100).default(20),
      cursor: z.string().max(200).optional(),
      live: z.union([z.boolean(), z.stringbool()]).optional(),
      owner: UserId.optional(),
    }),
    result: RoomPage,
    status: 200,
    errors: [],
  },
  "room.get": {
    method: "GET",
    path: "/api/rooms/{id}",
    summary: "Get a room and its state",
    auth: "none",
    params: RoomRef,
    result: RoomView,
    status: 200,
    errors: ["room_not_found"],
  },
  "room.update": {
    method: "PATCH",
    path: "/api/rooms/{id}",
    summary: "Change a room's title, PIN (null removes it), redundancy or access, live or not",
    auth: "owner",
    params: z.strictObject({
      id: RoomId,
      title: RoomTitle.optional(),
      pin: Pin.nullable().optional(),
      redundancy: Redundancy.optional(),
      access: RoomAccess.optional(),
    }),
    result: RoomView,
    status: 200,
    errors: ["room_not_found", "forbidden", "conflict"],
  },
  "room.delete": {
    method: "DELETE",
    path: "/api/rooms/{id}",
    summary: "Delete a room; a live one is stopped first",
    auth: "owner",
    params: RoomRef,
    result: z.null(),
    status: 204,
    errors: ["room_not_found", "forbidden", "conflict"],
  },
  "room.start": {
    method: "POST",
    path: "/api/rooms/{id}/start",
    summary: "Go live; does nothing when the room is live",
    auth: "owner",
    params: RoomRef,
    result: RoomView,
    status: 200,
    errors: ["room_not_found", "forbidden", "conflict", "no_capacity"],
  },
  "room.stop": {
    method: "POST",
    path: "/api/rooms/{id}/stop",
    summary: "End the broadcast; does nothing when the room is not live",
    auth: "owner",
    params: RoomRef,
    result: RoomView,
    status: 200,
    errors: ["room_not_found", "forbidden", "conflict"],
  },
  "room.link": {
    method: "POST",
    path: "/api/rooms/{id}/links",
    summary: "Make a listening link that expires, for a room whose access is signed",
    auth: "owner",
    params: z.strictObject({
      id: RoomId,
      /** Seconds. */
      ttlS: z.number().int().min(LINK_TTL_S.min).max(LINK_TTL_S.max).default(LINK_TTL_S.initial),
    }),
    result: ListenLink,
    status: 200,
    errors: ["room_not_found", "forbidden"],
  },
  "streamKey.create": {
    method: "POST",
    path: "/api/rooms/{id}/stream-keys",
    summary: "Make a stream key, with which OBS and the like speak in the room by WHIP; shown once",
    auth: "owner",
    params: z.strictObject({ id: RoomId, name: DisplayName.default("Stream") }),
    result: StreamKeyView.extend({ key: z.string() }),
    status: 201,
    errors: ["room_not_found", "forbidden", "conflict", "too_many_keys"],
  },
  "streamKey.list": {
    method: "GET",
    path: "/api/rooms/{id}/stream-keys",
    summary: "List a room's stream keys, without the keys themselves",
    auth: "owner",
    params: RoomRef,
    result: z.object({ keys: z.array(StreamKeyView) }),
    status: 200,
    errors: ["room_not_found", "forbidden"],
  },
  "streamKey.revoke": {
    method: "DELETE",
    path: "/api/rooms/{id}/stream-keys/{key}",
    summary: "Revoke a stream key by its id; whoever speaks with it is put out",
    auth: "owner",
    params: z.strictObject({ id: RoomId, key: StreamKey.shape.id }),
    result: z.null(),
    status: 204,
    errors: ["room_not_found", "forbidden", "not_found", "conflict"],
  },
} as const satisfies Record<string, OperationShape>;

export interface OperationShape {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** Path template; `{id}` and the like stand for params. */
  readonly path: string;
  readonly summary: string;
  /** `none`: anyone; `user`: a valid token; `owner`: the room's owner or an admin; `admin`: an admin only. */
  readonly auth: "none" | "user" | "owner" | "admin";
  readonly params: z.ZodType;
  readonly result: z.ZodType;
  readonly status: number;
  /** The errors of its own, beside those any call can meet. */
  readonly errors: readonly ErrorCode[];
  /** True: it can also be had as a stream of server-sent events, by whoever accepts `text/event-stream`. */
  readonly streams?: boolean;
}

export type RoomOperation = keyof typeof ROOM_OPERATIONS;
export type OperationParams<K extends RoomOperation> = z.output<
  typeof ROOM_OPERATIONS[K]["params"]
>;
export type OperationResult<K extends RoomOperation> = z.output<
  typeof ROOM_OPERATIONS[K]["result"]
>;
