import { WEBHOOK_OPERATIONS, type WebhookOperation } from "../../contracts/webhooks.ts";
import { bind, type RunOperation } from "../rooms/operations.ts";
import type { WebhookService } from "./webhook_service.ts";

/** Ties the table of webhook operations to the service. */
export function webhookOperations(
  service: WebhookService,
): Readonly<Record<WebhookOperation, RunOperation>> {
  const table = WEBHOOK_OPERATIONS;
  return {
    "webhook.create": bind(table["webhook.create"], (params, by) => service.create(params, by)),
    "webhook.list": bind(table["webhook.list"], (params, by) => service.list(params, by)),
    "webhook.get": bind(table["webhook.get"], (params, by) => service.get(params, by)),
    "webhook.update": bind(table["webhook.update"], (params, by) => service.update(params, by)),
    "webhook.delete": bind(table["webhook.delete"], (params, by) => service.remove(params, by)),
    "webhook.rotate": bind(table["webhook.rotate"], (params, by) => service.rotate(params, by)),
    "webhook.test": bind(table["webhook.test"], (params, by) => service.test(params, by)),
    "webhook.deliveries": bind(
      table["webhook.deliveries"],
      (params, by) => service.deliveries(params, by),
    ),
    "webhook.retry": bind(table["webhook.retry"], (params, by) => service.retry(params, by)),
  };
}
