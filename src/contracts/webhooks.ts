import { z } from "zod";
import { UserId } from "./ids.ts";
import type { OperationShape } from "./operations.ts";
import { WebhookEventType, WebhookTopic } from "./webhook_events.ts";

/** The id of an endpoint. */
export const WebhookId = z.string().regex(/^wh-[a-z0-9]{12}$/, "the id of a webhook");
export type WebhookId = z.infer<typeof WebhookId>;

/** The id of one event's way to one endpoint. */
export const DeliveryId = z.string().regex(/^dlv_[a-z0-9]{32}$/, "the id of a delivery");
export type DeliveryId = z.infer<typeof DeliveryId>;

/** Where events go. Who it leads to is looked at apart, for that changes. */
export const WebhookUrl = z.url({ protocol: /^https?$/ }).max(1000)
  .refine((text) => !/^[^/]*\/\/[^/]*@/.test(text), "without a user name or password in it");

/** A secret of the form of Standard Webhooks: 24 to 64 bytes in base64. */
export const WebhookSecret = z.string().regex(
  /^whsec_[A-Za-z0-9+/]{32,86}={0,2}$/,
  "whsec_ and 24 to 64 bytes in base64",
);

/** `own`: events of the owner's rooms; `site`: of all rooms, for admins. */
export const WebhookScope = z.enum(["own", "site"]);
export type WebhookScope = z.infer<typeof WebhookScope>;

/** Null: all events, and those that are yet to be thought of. */
const Topics = z.array(WebhookTopic).min(1).max(20).nullable();
const Description = z.string().trim().max(200);

export const WebhookView = z.object({
  id: WebhookId,
  url: z.string(),
  description: z.string(),
  scope: WebhookScope,
  /** Who made it; null when it is in the configuration. */
  owner: UserId.nullable(),
  events: z.array(WebhookTopic).nullable(),
  createdAt: z.iso.datetime(),
  enabled: z.boolean(),
  /** Why it is not enabled; null when it is. */
  disabledReason: z.string().nullable(),
  /** Deliveries that are yet to succeed. */
  waiting: z.number().int(),
  /** Deliveries dropped because too many were waiting. */
  dropped: z.number().int(),
  /** Since when every try has failed; null when the last one did not. */
  failingSince: z.iso.datetime().nullable(),
  lastDeliveredAt: z.iso.datetime().nullable(),
});
export type WebhookView = z.infer<typeof WebhookView>;

/** With the secret that signs from now on; it is not shown again. */
export const WebhookWithSecret = WebhookView.extend({ secret: z.string() });
export type WebhookWithSecret = z.infer<typeof WebhookWithSecret>;

/** `pending`: to be tried, or tried again; `failed`: given up; `dropped`: too many were waiting. */
export const DeliveryStatus = z.enum(["pending", "delivered", "failed", "dropped"]);
export type DeliveryStatus = z.infer<typeof DeliveryStatus>;

export const DeliveryView = z.object({
  id: DeliveryId,
  /** The event's, sent as `webhook-id`. */
  eventId: z.string(),
  type: WebhookEventType,
  roomId: z.string().nullable(),
  status: DeliveryStatus,
  /** How often it was tried. */
  attempts: z.number().int(),
  createdAt: z.iso.datetime(),
  lastAttemptAt: z.iso.datetime().nullable(),
  /** When it is tried next, at the earliest; null when it is not. */
  nextAttemptAt: z.iso.datetime().nullable(),
  /** The HTTP status of the last try; null when there was no answer. */
  lastStatus: z.number().int().nullable(),
  /** What was wrong with the last try, in words. */
  lastError: z.string().nullable(),
  /** How long (ms) the last try took. */
  latencyMs: z.number().int().nullable(),
  /** What the last answer began with. */
  response: z.string().nullable(),
});
export type DeliveryView = z.infer<typeof DeliveryView>;

const WebhookPage = z.object({
  webhooks: z.array(WebhookView),
  nextCursor: z.string().nullable(),
});
const DeliveryPage = z.object({
  deliveries: z.array(DeliveryView),
  /** Give it back as `cursor` for older ones; null on the last page. */
  nextCursor: z.string().nullable(),
});
export type DeliveryPage = z.infer<typeof DeliveryPage>;

const Ref = z.strictObject({ id: WebhookId });
const Cursor = z.string().regex(/^\d{1,16}$/, "a cursor of this list").optional();
const Limit = z.coerce.number().int().min(1).max(100).default(20);

/** The one table of webhook operations, served beside those of rooms. `owner` means the webhook's owner here. */
export const WEBHOOK_OPERATIONS = {
  "webhook.create": {
    method: "POST",
    path: "/api/webhooks",
    summary: "Have events sent to a URL; gives the secret they are signed with, once",
    auth: "user",
    params: z.strictObject({
      url: WebhookUrl,
      events: Topics.default(null),
      scope: WebhookScope.default("own"),
      description: Description.default(""),
    }),
    result: WebhookWithSecret,
    status: 201,
    errors: ["forbidden", "webhook_limit"],
  },
  "webhook.list": {
    method: "GET",
    path: "/api/webhooks",
    summary: "List one's webhooks, the newest first; an admin sees everybody's with all=true",
    auth: "user",
    params: z.strictObject({
      limit: Limit,
      cursor: Cursor,
      all: z.union([z.boolean(), z.stringbool()]).default(false),
    }),
    result: WebhookPage,
    status: 200,
    errors: ["forbidden"],
  },
  "webhook.get": {
    method: "GET",
    path: "/api/webhooks/{id}",
    summary: "Get a webhook and how it fares",
    auth: "owner",
    params: Ref,
    result: WebhookView,
    status: 200,
    errors: ["not_found"],
  },
  "webhook.update": {
    method: "PATCH",
    path: "/api/webhooks/{id}",
    summary: "Change a webhook's URL, events or description; switch it off, or on again",
    auth: "owner",
    params: z.strictObject({
      id: WebhookId,
      url: WebhookUrl.optional(),
      events: Topics.optional(),
      description: Description.optional(),
      enabled: z.boolean().optional(),
    }),
    result: WebhookView,
    status: 200,
    errors: ["not_found", "forbidden", "conflict"],
  },
  "webhook.delete": {
    method: "DELETE",
    path: "/api/webhooks/{id}",
    summary: "Delete a webhook, with all that is waiting for it",
    auth: "owner",
    params: Ref,
    result: z.null(),
    status: 204,
    errors: ["not_found", "forbidden"],
  },
  "webhook.rotate": {
    method: "POST",
    path: "/api/webhooks/{id}/rotate",
    summary: "Make a new secret; for a day, requests are signed with the old one too",
    auth: "owner",
    params: Ref,
    result: WebhookWithSecret,
    status: 200,
    errors: ["not_found", "forbidden", "conflict"],
  },
  "webhook.test": {
    method: "POST",
    path: "/api/webhooks/{id}/test",
    summary: "Send a webhook.ping; what came of it is in the deliveries",
    auth: "owner",
    params: Ref,
    result: DeliveryView,
    status: 202,
    errors: ["not_found", "conflict", "too_many_requests"],
  },
  "webhook.deliveries": {
    method: "GET",
    path: "/api/webhooks/{id}/deliveries",
    summary: "What was sent or is to be sent, the newest first",
    auth: "owner",
    params: z.strictObject({
      id: WebhookId,
      limit: Limit,
      cursor: Cursor,
      status: DeliveryStatus.optional(),
    }),
    result: DeliveryPage,
    status: 200,
    errors: ["not_found"],
  },
  "webhook.retry": {
    method: "POST",
    path: "/api/webhooks/{id}/deliveries/{delivery}/retry",
    summary: "Try a delivery now, also one that was given up or has succeeded",
    auth: "owner",
    params: z.strictObject({ id: WebhookId, delivery: DeliveryId }),
    result: DeliveryView,
    status: 202,
    errors: ["not_found", "conflict", "too_many_requests"],
  },
} as const satisfies Record<string, OperationShape>;
export type WebhookOperation = keyof typeof WEBHOOK_OPERATIONS;
export type WebhookParams<K extends WebhookOperation> = z.output<
  typeof WEBHOOK_OPERATIONS[K]["params"]
>;
export type WebhookResult<K extends WebhookOperation> = z.output<
  typeof WEBHOOK_OPERATIONS[K]["result"]
>;
