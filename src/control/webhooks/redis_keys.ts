import type { RoomId, UserId } from "../../contracts/ids.ts";
import type { DeliveryId, WebhookId } from "../../contracts/webhooks.ts";

/** The webhooks' keys in Redis. The scripts make those of an endpoint, an event and a delivery themselves. */
export const webhookKeys = {
  /** JSON, see endpoint.ts. */
  endpoint: (id: WebhookId) => `webhooks:endpoint:${id}`,
  /** Sorted set: all endpoints by when they were made. */
  endpoints: "webhooks:endpoints",
  /** Sorted set: those of one owner's rooms, by when they were made. */
  ofOwner: (owner: UserId) => `webhooks:owner:${owner}`,
  /** Sorted set: those in the configuration. */
  configured: "webhooks:configured",
  /** Set: those for all rooms. */
  site: "webhooks:site",
  /** Hash: how it fares. */
  state: (id: WebhookId) => `webhooks:state:${id}`,
  /** Sorted set: deliveries yet to succeed, by their place in time. */
  pending: (id: WebhookId) => `webhooks:pending:${id}`,
  /** Sorted set: deliveries that are over. */
  log: (id: WebhookId) => `webhooks:log:${id}`,
  /** Sorted set: what is to be tried when: `r:{room}` for the room's line, `d:{delivery}` for one that left it. */
  due: (id: WebhookId) => `webhooks:due:${id}`,
  /** Sorted set: tries under way, by when they count as lost. */
  flight: (id: WebhookId) => `webhooks:flight:${id}`,
  /** List: the room's deliveries in their order. */
  line: (id: WebhookId, room: RoomId) => `webhooks:line:${id}:${room}`,
  /** Hash, see delivery.ts. */
  delivery: (id: DeliveryId) => `webhooks:delivery:${id}`,
  /** Sorted set: endpoints by when there is something to do for them. */
  agenda: "webhooks:agenda",
  /** Hash: what was told of each room, see happenings.ts. */
  told: "webhooks:told",
  /** What was told of a room that was deleted a while ago. */
  gone: (id: RoomId) => `webhooks:gone:${id}`,
  /** Unix time in ms: rooms made before it were there before anybody told of rooms. */
  baseline: "webhooks:baseline",
} as const;
