import type { NodeStore } from "../../coordination/nodes.ts";
import type { RoomStore } from "../../coordination/rooms.ts";
import type { Config } from "../../platform/config.ts";
import { Lifecycle, type Running } from "../../platform/lifecycle.ts";
import type { Log } from "../../platform/log.ts";
import { connectRedis } from "../../platform/redis.ts";
import { redisAccess } from "../../platform/redis_access.ts";
import { AdminGuard } from "../admin/admin_guard.ts";
import { Accounts } from "../users/accounts.ts";
import { ConfiguredEndpoints, parseConfigured } from "./configured_endpoints.ts";
import { Deliverer } from "./deliverer.ts";
import { EndpointStore } from "./endpoint_store.ts";
import { MemberTeller } from "./member_teller.ts";
import { webhookOperations } from "./operations.ts";
import { Publisher } from "./publisher.ts";
import { DeliveryQueue } from "./queue.ts";
import { RoomTeller } from "./room_teller.ts";
import { Sender } from "./send.ts";
import { ToldRecords } from "./told_records.ts";
import { WebhookService } from "./webhook_service.ts";

export interface WebhooksOptions {
  readonly config: Config;
  readonly rooms: RoomStore;
  readonly nodes: NodeStore;
  readonly log: Log;
}

export interface Webhooks extends Running {
  readonly operations: ReturnType<typeof webhookOperations>;
  /** Null when events can be told; else why not, in words. */
  unhealthy(): string | null;
}

/** How many tries of one endpoint may be under way. */
const SLOTS = 3;
/** How much longer (ms) than its time limit a try may take to be on record, before another makes it again. */
const LEASE_SLACK_MS = 1500;
const DAY_MS = 24 * 3600 * 1000;

/**
 * Starts all that webhooks take: who sees what happens, who sends, and the operations to manage them. Redis may be away:
 * it is waited for, and rooms go on meanwhile.
 *
 * @throws ConfigError when the endpoints in the configuration cannot be used.
 */
export function startWebhooks({ config, rooms, nodes, log }: WebhooksOptions): Webhooks {
  const named = parseConfigured(config.ROOMCAST_WEBHOOKS);
  const parts = new Lifecycle(log);
  const connection = parts.add("redis", connectRedis(redisAccess(config), log));
  const reader = parts.add("reader", connectRedis(redisAccess(config), log, true));
  const redis = connection.client;
  const timeoutMs = config.ROOMCAST_WEBHOOK_TIMEOUT_MS;
  const firstMs = config.ROOMCAST_WEBHOOK_RETRY_MS;
  const endpoints = new EndpointStore(redis);
  const leaseMs = timeoutMs + LEASE_SLACK_MS;
  const queue = new DeliveryQueue({ redis, leaseMs, slots: SLOTS, firstMs });
  const sender = new Sender({ allowPrivate: config.ROOMCAST_WEBHOOK_PRIVATE, timeoutMs });
  const disableAfterMs = config.ROOMCAST_WEBHOOK_DISABLE_DAYS * DAY_MS;
  const deliverer = parts.add(
    "deliverer",
    new Deliverer({ queue, endpoints, sender, log, firstMs, disableAfterMs }),
  );
  const onQueued = () => deliverer.wake();
  const publisher = new Publisher({ redis, endpoints, onQueued });
  const configured = new ConfiguredEndpoints(endpoints, named);
  const records = new ToldRecords(redis);
  const members = new MemberTeller({ redis, reader, rooms, records, publisher, log });
  const teller = new RoomTeller({
    ...{ rooms, nodes, records, publisher, log },
    prepare: () => configured.ensure(),
  });
  parts.add("members", members);
  parts.add("rooms", teller);
  deliverer.start();
  members.start();
  teller.start();
  const guard = new AdminGuard(new Accounts(redis));
  const service = new WebhookService({ redis, endpoints, queue, sender, guard, onQueued });
  return {
    operations: webhookOperations(service),
    unhealthy: () => connection.unhealthy(),
    stop: () => parts.stop(),
  };
}
