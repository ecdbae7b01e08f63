import type {
  IceServer,
  Method,
  MethodResult,
  Notification,
  NotificationParams,
} from "../../../src/contracts/rpc.ts";
import { ClientError, isServerCode } from "./client_error.ts";
import {
  anything,
  flag,
  isRecord,
  list,
  nullable,
  number,
  optional,
  type Reader,
  shape,
  text,
} from "./shape.ts";
import { readParticipant, readRoom, roomState } from "./views.ts";

const ok = shape<{ ok: true }>({ ok: () => true });
const eventId = optional(text);
const keptEvents = list(shape({ id: text, method: text, params: anything }));

/** How to read the result of each method of the contract's table. */
export const RESULTS: { [M in Method]: Reader<MethodResult<M>> } = {
  join: shape({
    seat: text,
    secret: text,
    sdp: text,
    iceServers: list(
      shape<IceServer>({ urls: list(text), username: optional(text), credential: optional(text) }),
    ),
    participants: list(readParticipant),
    room: readRoom,
    lastEventId: text,
  }),
  resume: shape({
    seat: text,
    participants: list(readParticipant),
    talking: list(text),
    room: readRoom,
    lastEventId: text,
    events: keptEvents,
  }),
  trickle: ok,
  configure: readParticipant,
  leave: ok,
  participants: shape({ participants: list(readParticipant) }),
  events: shape({ events: keptEvents }),
  ping: shape({ now: number }),
  "room.create": readRoom,
  "room.get": readRoom,
  "room.start": readRoom,
  "room.stop": readRoom,
};

/** How to read each notification of the contract's table. */
export const NOTICES: { [N in Notification]: Reader<NotificationParams<N>> } = {
  joined: shape<NotificationParams<"joined">>({ participant: readParticipant, eventId }),
  left: shape<NotificationParams<"left">>({ seat: text, eventId }),
  muted: shape<NotificationParams<"muted">>({ seat: text, muted: flag, eventId }),
  renamed: shape<NotificationParams<"renamed">>({ seat: text, name: text, eventId }),
  talking: shape({ seat: text, talking: flag }),
  "room.state": shape<NotificationParams<"room.state">>({
    roomId: text,
    liveId: nullable(text),
    state: roomState,
    stateText: text,
    reasons: list(text),
  }),
  media: shape<{ connected: boolean; reason?: string | undefined }>({
    connected: flag,
    reason: optional(text),
  }),
  kicked: shape({ reason: text, rejoin: flag }),
};

/** One message from the gateway. */
export type Incoming =
  | { readonly kind: "result"; readonly id: number; readonly result: unknown }
  | { readonly kind: "error"; readonly id: number; readonly error: ClientError }
  | { readonly kind: "notice"; readonly name: Notification; readonly params: unknown };

/** What a text from the gateway says; null when it is none of our business. */
export function parseIncoming(message: unknown): Incoming | null {
  const value = typeof message === "string" ? parseJson(message) : null;
  if (!isRecord(value)) return null;
  if (typeof value.method === "string") {
    return isNotification(value.method)
      ? { kind: "notice", name: value.method, params: value.params }
      : null;
  }
  if (typeof value.id !== "number") return null;
  return isRecord(value.error)
    ? { kind: "error", id: value.id, error: errorOf(value.error) }
    : { kind: "result", id: value.id, result: value.result };
}

function isNotification(name: string): name is Notification {
  return Object.hasOwn(NOTICES, name);
}

function parseJson(message: string): unknown {
  try {
    return JSON.parse(message);
  } catch {
    return null;
  }
}

const readFields = list(shape({ pointer: text, detail: text }));

function errorOf(error: Record<string, unknown>): ClientError {
  const data = isRecord(error.data) ? error.data : {};
  const code = typeof data.code === "string" && isServerCode(data.code) ? data.code : "internal";
  return new ClientError(
    code,
    typeof data.detail === "string" ? data.detail : "",
    Array.isArray(data.errors) ? readFields(data.errors) : [],
    typeof data.retryAfterS === "number" ? data.retryAfterS : undefined,
  );
}
