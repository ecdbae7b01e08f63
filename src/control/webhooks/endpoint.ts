import { z } from "zod";
import { UserId } from "../../contracts/ids.ts";
import type { WebhookTopic } from "../../contracts/webhook_events.ts";
import { WebhookTopic as Topic } from "../../contracts/webhook_events.ts";
import {
  WebhookId,
  WebhookScope,
  WebhookSecret,
  type WebhookView,
} from "../../contracts/webhooks.ts";
import type { Health } from "./health.ts";

/** An endpoint as Redis holds it. */
export const Endpoint = z.object({
  id: WebhookId,
  url: z.url(),
  description: z.string(),
  scope: WebhookScope,
  /** Null: it stands in the configuration, and can only be changed there, but for being switched off and on. */
  owner: UserId.nullable(),
  events: z.array(Topic).nullable(),
  /** The first signs; another beside it until its time (Unix, ms) is over. */
  secrets: z.array(z.object({ secret: WebhookSecret, until: z.number().nullable() })).min(1).max(2),
  /** Unix time in ms. */
  createdAt: z.number().int(),
  disabled: z.object({ reason: z.string(), at: z.number() }).nullable(),
});
export type Endpoint = z.infer<typeof Endpoint>;

/** Whether an endpoint wants an event of a room of this owner. */
export function wants(
  { disabled, scope, owner, events }: Endpoint,
  event: { readonly type: WebhookTopic; readonly owner: UserId },
): boolean {
  if (disabled !== null) return false;
  if (scope === "own" && owner !== event.owner) return false;
  return events === null || events.includes(event.type);
}

/** The secrets that sign at a time (Unix, ms). */
export function validSecrets({ secrets }: Endpoint, now: number): string[] {
  return secrets.flatMap(({ secret, until }) => until === null || until > now ? [secret] : []);
}

/** An endpoint as its owner sees it, without its secrets. */
export function endpointView(endpoint: Endpoint, health: Health): WebhookView {
  const { id, url, description, scope, owner, events, createdAt, disabled } = endpoint;
  return {
    ...{ id, url, description, scope, owner, events },
    createdAt: new Date(createdAt).toISOString(),
    enabled: disabled === null,
    disabledReason: disabled?.reason ?? null,
    waiting: health.waiting,
    dropped: health.dropped,
    failingSince: asIso(health.failingSince),
    lastDeliveredAt: asIso(health.lastDeliveredAt),
  };
}

/** Unix time in ms as ISO 8601; null stays null. */
export function asIso(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
