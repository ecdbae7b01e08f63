import { z } from "zod";
import type { WebhookEventType } from "../../contracts/webhook_events.ts";
import {
  type DeliveryId,
  type DeliveryStatus,
  type DeliveryView,
  WebhookId,
} from "../../contracts/webhooks.ts";
import { onRedis, type Redis } from "../../platform/redis.ts";
import { parseStored } from "../users/stored_json.ts";
import { Delivery, deliveryView } from "./delivery.ts";
import { Endpoint } from "./endpoint.ts";
import { AGENDA, CLAIM, ENQUEUE, FINISH, RETRY } from "./queue_scripts.ts";
import { webhookKeys } from "./redis_keys.ts";

/** A try that is ours until it counts as lost. */
export interface Try {
  readonly endpoint: Endpoint;
  readonly delivery: string;
  /** Where it stands in what is due. */
  readonly member: string;
  readonly token: string;
  readonly event: string;
  readonly room: string;
  readonly body: string;
  /** How often it was tried before. */
  readonly attempts: number;
}

/** What came of a try. */
export interface Outcome {
  readonly status: "delivered" | "failed" | "pending";
  /** When it is tried again (ms from now), if it is pending. */
  readonly pauseMs: number;
  /** Whether later events of its room go on waiting for it. */
  readonly inLine: boolean;
  readonly code: number | null;
  readonly error: string | null;
  readonly latencyMs: number;
  readonly response: string | null;
}

export interface QueueOptions {
  readonly redis: Redis;
  /** How long (ms) after its claim a try counts as lost. */
  readonly leaseMs: number;
  /** How many tries of one endpoint may be under way, over all processes. */
  readonly slots: number;
  /** The first pause (ms) after a failure. */
  readonly firstMs: number;
}

const Agenda = z.tuple([z.array(WebhookId), z.number()]);
const Claimed = z.union([
  z.tuple([z.string(), z.string(), z.string(), z.string(), z.string(), z.string(), z.string()]),
  z.tuple([]),
]);

/** What is to be sent, and what was: in Redis. Every method throws `unavailable` when Redis is away. */
export class DeliveryQueue {
  constructor(private readonly options: QueueOptions) {}

  /** Endpoints that may have something due, and after how many ms the next one has, at the earliest (null: none). */
  async agenda(limit: number): Promise<{ due: WebhookId[]; nextInMs: number | null }> {
    const [due, nextInMs] = Agenda.parse(await this.#script(AGENDA, limit));
    return { due, nextInMs: nextInMs < 0 ? null : nextInMs };
  }

  /** Takes the endpoint's next try; null when none is due, or enough are under way. */
  async claim(id: WebhookId): Promise<Try | null> {
    const { leaseMs, slots } = this.options;
    const token = crypto.randomUUID();
    const claimed = Claimed.parse(await this.#script(CLAIM, id, token, leaseMs, slots));
    if (claimed.length === 0) return null;
    const [delivery, config, member, event, room, body, attempts] = claimed;
    const endpoint = parseStored(Endpoint, webhookKeys.endpoint(id), config);
    return { endpoint, delivery, member, token, event, room, body, attempts: Number(attempts) };
  }

  /**
   * Enters what came of a try.
   *
   * @returns Since when (Unix, ms) every try of the endpoint has failed; null when this one did not, or counted as lost.
   */
  async finish(made: Try, outcome: Outcome): Promise<number | null> {
    const { endpoint, delivery, member, token, room } = made;
    const { code, error, response } = outcome;
    const since = z.number().parse(
      await this.#script(
        FINISH,
        JSON.stringify({
          ...outcome,
          ...{ endpoint: endpoint.id, delivery, member, token, room },
          ...{ code: String(code ?? ""), error: error ?? "", response: response ?? "" },
          firstMs: this.options.firstMs,
        }),
      ),
    );
    return since > 0 ? since : null;
  }

  /** Enters one delivery that is of no room. */
  async add(
    endpoint: WebhookId,
    delivery: DeliveryId,
    event: { readonly id: string; readonly type: WebhookEventType; readonly body: string },
  ): Promise<void> {
    await this.#script(ENQUEUE, endpoint, delivery, event.id, event.type, event.body);
  }

  /** Has a delivery tried now; false when there is no such one. */
  async retry(endpoint: WebhookId, delivery: DeliveryId): Promise<boolean> {
    return await this.#script(RETRY, endpoint, delivery) === 1;
  }

  async get(id: string): Promise<DeliveryView | null> {
    const key = webhookKeys.delivery(id);
    const fields = await onRedis(() => this.options.redis.hgetall(key));
    const parsed = Delivery.safeParse(fields);
    return parsed.success ? deliveryView(id, parsed.data) : null;
  }

  /** Some of an endpoint's deliveries, the newest first, and the cursor of the next page. */
  async list(
    endpoint: WebhookId,
    options: { cursor: string | undefined; limit: number; status: DeliveryStatus | undefined },
  ): Promise<{ deliveries: DeliveryView[]; nextCursor: string | null }> {
    const { cursor, limit, status } = options;
    const found: DeliveryView[] = [];
    let from = cursor === undefined ? "+inf" : `(${cursor}`;
    for (;;) {
      const missing = limit - found.length;
      const places = await this.#places(endpoint, from, missing, status);
      const views = await Promise.all(places.map(({ id }) => this.get(id)));
      const fits = (view: DeliveryView) => status === undefined || view.status === status;
      found.push(...views.flatMap((view) => view !== null && fits(view) ? [view] : []));
      const last = places.at(-1);
      if (last === undefined || places.length < missing) {
        return { deliveries: found, nextCursor: null };
      }
      if (found.length === limit) return { deliveries: found, nextCursor: last.place };
      from = `(${last.place}`;
    }
  }

  /** The waiting and the finished ones stand apart in Redis, each by their place in time. */
  async #places(
    endpoint: WebhookId,
    from: string,
    limit: number,
    status: DeliveryStatus | undefined,
  ): Promise<{ id: string; place: string }[]> {
    const keys = [
      ...(status === undefined || status === "pending" ? [webhookKeys.pending(endpoint)] : []),
      ...(status === "pending" ? [] : [webhookKeys.log(endpoint)]),
    ];
    const lists = await Promise.all(
      keys.map((key) =>
        onRedis(() =>
          this.options.redis.zrevrangebyscore(
            key,
            from,
            "-inf",
            "WITHSCORES",
            "LIMIT",
            0,
            limit,
          )
        )
      ),
    );
    const places = lists.flatMap((flat) =>
      Array.from({ length: flat.length / 2 }, (_, index) => ({
        id: flat[2 * index] ?? "",
        place: flat[2 * index + 1] ?? "0",
      }))
    );
    return places.sort((a, b) => Number(b.place) - Number(a.place)).slice(0, limit);
  }

  #script(script: string, ...args: (string | number)[]): Promise<unknown> {
    return onRedis(() => this.options.redis.eval(script, 0, ...args));
  }
}
