import { z } from "zod";
import { WebhookEventType } from "../../contracts/webhook_events.ts";
import { DeliveryStatus, type DeliveryView } from "../../contracts/webhooks.ts";
import { asIso } from "./endpoint.ts";

const number = z.coerce.number().int().nonnegative();
/** Empty: none. */
const some = z.string().transform((text) => text === "" ? null : text);
const maybe = z.string().transform((text) => text === "" ? null : Number(text));

/** A delivery as its hash in Redis has it. Times are Unix time in ms. */
export const Delivery = z.object({
  event: z.string(),
  type: WebhookEventType,
  room: some,
  status: DeliveryStatus,
  attempts: number,
  createdAt: number,
  lastAt: number.nullable().default(null),
  nextAt: number.nullable().default(null),
  code: maybe.default(null),
  error: some.default(null),
  latencyMs: number.nullable().default(null),
  response: some.default(null),
});
export type Delivery = z.infer<typeof Delivery>;

export function deliveryView(id: string, delivery: Delivery): DeliveryView {
  const { event, type, room, status, attempts, createdAt, lastAt, nextAt } = delivery;
  const { code, error, latencyMs, response } = delivery;
  return {
    id,
    eventId: event,
    type,
    roomId: room,
    status,
    attempts,
    createdAt: new Date(createdAt).toISOString(),
    lastAttemptAt: asIso(lastAt),
    nextAttemptAt: asIso(nextAt),
    lastStatus: code,
    lastError: error,
    latencyMs,
    response,
  };
}
