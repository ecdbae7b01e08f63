import { z } from "zod";
import { DisplayName, LiveId, RoomId, UserId } from "./ids.ts";
import { ROOM_OPERATIONS, RoomView } from "./operations.ts";
import { Pin } from "./room.ts";

/** An SDP as a browser makes it. */
const Sdp = z.string().min(10).max(64_000).regex(/^v=0\r?\n/, "an SDP begins with v=0");

/** A person in a room. */
export const Participant = z.object({
  /** The seat: stays the same when the page reconnects, or is moved to another media server. */
  id: z.string().max(80),
  userId: UserId,
  name: DisplayName,
  role: z.enum(["host", "speaker"]),
  muted: z.boolean(),
});
export type Participant = z.infer<typeof Participant>;

const SeatId = Participant.shape.id;
/** Proves that a seat is one's own: only its page knows it, and Redis a hash of it. */
export const SeatSecret = z.string().regex(/^[a-z0-9]{32}$/, "a seat's secret");
/** The id of an event in a room's stream. */
const StreamEventId = z.string().regex(/^\d{1,20}-\d{1,20}$/);
const KeptEvents = z.array(z.object({ id: z.string(), method: z.string(), params: z.unknown() }));

/** RTCIceCandidateInit, or null for the end of candidates. */
export const IceCandidate = z.object({
  candidate: z.string().max(2000),
  sdpMid: z.string().max(64).nullable().optional(),
  sdpMLineIndex: z.number().int().min(0).max(16).nullable().optional(),
  usernameFragment: z.string().max(256).nullable().optional(),
}).nullable();
export type IceCandidate = z.infer<typeof IceCandidate>;

/** A STUN or TURN server, as an RTCIceServer. Credentials of TURN are made for one join and run out. */
export const IceServer = z.object({
  urls: z.array(z.string()),
  username: z.string().optional(),
  credential: z.string().optional(),
});
export type IceServer = z.infer<typeof IceServer>;

interface MethodShape {
  readonly summary: string;
  readonly params: z.ZodType;
  readonly result: z.ZodType;
  /** `socket`: any open socket; `member`: only after `join`. */
  readonly caller: "socket" | "member";
  /** Which bucket of the rate limit it draws from. */
  readonly rate: "light" | "normal" | "heavy";
}

/** A room operation as a method; generic, so that each keeps its own params and result. */
const proxied = <P extends z.ZodType, R extends z.ZodType>(
  { summary, params, result }: { summary: string; params: P; result: R },
) => ({ summary, params, result, caller: "socket" as const, rate: "heavy" as const });

/**
 * The one table of the methods a page calls over `/ws`. The dispatcher, the docs and the page's client
 * come from it. The `room.*` methods are passed on to the Room Manager with the caller's token.
 */
export const METHODS = {
  join: {
    summary: "Take a seat in a live room and connect its audio",
    params: z.strictObject({
      roomId: RoomId,
      pin: Pin.optional(),
      name: DisplayName.optional(),
      muted: z.boolean().default(false),
      sdp: Sdp,
      /** The seat one had, with its secret, to get the same again; one that cannot be had is left out of account. */
      seat: SeatId.optional(),
      secret: SeatSecret.optional(),
    }),
    result: z.object({
      seat: z.string(),
      /** For `resume`, and for another `join`; keep it to yourself. */
      secret: SeatSecret,
      /** The SDP answer, with Janus's ICE candidates in it. */
      sdp: z.string(),
      /** For the page's end of this very connection. */
      iceServers: z.array(IceServer),
      participants: z.array(Participant),
      room: RoomView,
      /** Give it to `events` after a reconnect to get what was missed. */
      lastEventId: z.string(),
    }),
    caller: "socket",
    rate: "heavy",
  },
  resume: {
    summary:
      "Take up one's seat again over a new socket, to any gateway; its sound went on meanwhile",
    params: z.strictObject({ seat: SeatId, secret: SeatSecret, lastEventId: StreamEventId }),
    result: z.object({
      seat: z.string(),
      participants: z.array(Participant),
      /** The seats of those who talk just now. */
      talking: z.array(z.string()),
      room: RoomView,
      lastEventId: z.string(),
      /** The room's events after the id given, which `participants` has taken into account. */
      events: KeptEvents,
    }),
    caller: "socket",
    rate: "heavy",
  },
  trickle: {
    summary: "Pass on an ICE candidate; null when there are no more",
    params: z.strictObject({ candidate: IceCandidate }),
    result: z.object({ ok: z.literal(true) }),
    caller: "member",
    rate: "light",
  },
  configure: {
    summary: "Mute, unmute, or change the name shown",
    params: z.strictObject({ muted: z.boolean().optional(), name: DisplayName.optional() }),
    result: Participant,
    caller: "member",
    rate: "normal",
  },
  leave: {
    summary: "Give the seat back",
    params: z.strictObject({}),
    result: z.object({ ok: z.literal(true) }),
    // Also for a seat that was lost a moment ago, and would be waited for.
    caller: "socket",
    rate: "normal",
  },
  participants: {
    summary: "Who is in the room",
    params: z.strictObject({}),
    result: z.object({ participants: z.array(Participant) }),
    caller: "member",
    rate: "normal",
  },
  events: {
    summary: "The room's events after an id",
    params: z.strictObject({ after: StreamEventId }),
    result: z.object({ events: KeptEvents }),
    caller: "member",
    rate: "normal",
  },
  ping: {
    summary: "Is anybody there; also tells the server's clock",
    params: z.strictObject({}),
    result: z.object({ now: z.number() }),
    caller: "socket",
    rate: "light",
  },
  "room.create": proxied(ROOM_OPERATIONS["room.create"]),
  "room.get": proxied(ROOM_OPERATIONS["room.get"]),
  "room.start": proxied(ROOM_OPERATIONS["room.start"]),
  "room.stop": proxied(ROOM_OPERATIONS["room.stop"]),
} as const satisfies Record<string, MethodShape>;

export type Method = keyof typeof METHODS;
export type MethodParams<M extends Method> = z.input<typeof METHODS[M]["params"]>;
export type MethodResult<M extends Method> = z.output<typeof METHODS[M]["result"]>;

/** The event's id in the room's stream, for `events`; the events that `events` gives have theirs beside the params. */
const EventId = z.string().optional();

/** The one table of what the gateway tells a page unasked (JSON-RPC notifications). */
export const NOTIFICATIONS = {
  joined: z.object({ participant: Participant, eventId: EventId })
    .describe("Somebody took a seat. Kept in the room's event stream"),
  left: z.object({ seat: z.string(), eventId: EventId })
    .describe("Somebody left, by wish or by a lost connection. Kept"),
  muted: z.object({ seat: z.string(), muted: z.boolean(), eventId: EventId })
    .describe("Somebody's mute state changed. Kept"),
  renamed: z.object({ seat: z.string(), name: DisplayName, eventId: EventId })
    .describe("Somebody changed their name. Kept"),
  talking: z.object({ seat: z.string(), talking: z.boolean() })
    .describe("Somebody began or stopped talking. Not kept"),
  "room.state": z.object({
    roomId: RoomId,
    liveId: LiveId.nullable(),
    state: RoomView.shape.state,
    stateText: z.string(),
    reasons: z.array(z.string()),
  }).describe("The room's state in words changed. Not kept: it is in etcd"),
  media: z.object({ connected: z.boolean(), reason: z.string().optional() })
    .describe("The page's own media connection came up or went away"),
  kicked: z.object({ reason: z.string(), rejoin: z.boolean() })
    .describe("The seat is gone: join again if `rejoin` says so"),
} as const satisfies Record<string, z.ZodType>;
export type Notification = keyof typeof NOTIFICATIONS;
export type NotificationParams<N extends Notification> = z.output<typeof NOTIFICATIONS[N]>;

/** The notifications that are kept in Redis, so that a page can ask for what it missed. */
export const KEPT_NOTIFICATIONS = ["joined", "left", "muted", "renamed"] as const;

export { CLOSE_CODES, MAX_MESSAGE, SUBPROTOCOL } from "./socket.ts";
