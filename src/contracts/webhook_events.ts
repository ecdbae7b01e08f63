import { z } from "zod";
import { DisplayName, LiveId, RoomId, UserId } from "./ids.ts";
import { RoomTitle } from "./room.ts";
import { Participant } from "./rpc.ts";

/** A room as a webhook tells of it. */
export const WebhookRoom = z.strictObject({
  id: RoomId,
  title: RoomTitle,
  owner: z.strictObject({ id: UserId, name: DisplayName }),
  createdAt: z.iso.datetime(),
});
export type WebhookRoom = z.infer<typeof WebhookRoom>;

/** One broadcast of a room. */
export const WebhookLive = z.strictObject({
  id: LiveId,
  /** 1 for the room's first broadcast, 2 for its second. */
  number: z.number().int().positive(),
  startedAt: z.iso.datetime(),
});
export type WebhookLive = z.infer<typeof WebhookLive>;

/** Somebody who may speak in the room. */
export const WebhookMember = z.strictObject({
  /** Stays the same while the page reconnects. */
  seat: Participant.shape.id,
  userId: UserId,
  /** As at the time of joining; null when it is not known any more. */
  name: DisplayName.nullable(),
  role: Participant.shape.role.nullable(),
});
export type WebhookMember = z.infer<typeof WebhookMember>;

const OfRoom = z.strictObject({ room: WebhookRoom });
const OfLive = z.strictObject({ room: WebhookRoom, live: WebhookLive });
const OfMember = z.strictObject({
  room: WebhookRoom,
  /** Null when the broadcast is over already. */
  live: WebhookLive.nullable(),
  member: WebhookMember,
});

/** The one table of what webhooks tell: what each event means, and the data it carries. */
export const WEBHOOK_EVENTS = {
  "room.created": { summary: "A room was made", data: OfRoom },
  "room.started": {
    summary: "A broadcast was started; its media parts are being set up",
    data: OfLive,
  },
  "room.on_air": {
    summary: "Sound goes from the room to its listeners, for the first time or again",
    data: OfLive,
  },
  "room.degraded": {
    summary:
      "A part of a live room has been missing for a second or more: listeners may hear silence",
    data: OfLive.extend({ reasons: z.array(z.string()) }),
  },
  "room.stopped": { summary: "A broadcast is over", data: OfLive },
  "room.deleted": { summary: "A room was deleted", data: OfRoom },
  "member.joined": { summary: "Somebody took a seat in the room and may speak", data: OfMember },
  "member.left": {
    summary: "Somebody gave the seat back, or did not come back to it in time",
    data: OfMember,
  },
  "webhook.ping": {
    summary: "A test that you asked for; sent whatever the endpoint's filter says",
    data: z.strictObject({ webhook: z.string() }),
  },
} as const satisfies Record<string, { summary: string; data: z.ZodType }>;
export type WebhookEventType = keyof typeof WEBHOOK_EVENTS;
export type WebhookData<T extends WebhookEventType> = z.output<typeof WEBHOOK_EVENTS[T]["data"]>;

const TYPES = Object.keys(WEBHOOK_EVENTS) as [WebhookEventType, ...WebhookEventType[]];

/** The name of an event. */
export const WebhookEventType = z.enum(TYPES);

/** An event that an endpoint can ask for. */
export const WebhookTopic = z.enum(TYPES).exclude(["webhook.ping"]);
export type WebhookTopic = z.infer<typeof WebhookTopic>;

/** The body of a webhook request, with the data still to be read by its type. */
export const WebhookEnvelope = z.strictObject({
  /** The same at every try and at every endpoint: drop what you have seen. */
  id: z.string().regex(/^evt_[a-z0-9]{32}$/),
  type: WebhookEventType,
  /** When it happened, or was found to have happened. */
  timestamp: z.iso.datetime(),
  /** Grows from event to event of a room, with gaps: what has a lower one came before. */
  sequence: z.number().int().nonnegative(),
  data: z.unknown(),
});
export type WebhookEnvelope = z.infer<typeof WebhookEnvelope>;
