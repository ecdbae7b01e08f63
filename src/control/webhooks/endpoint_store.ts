import { z } from "zod";
import { AppError } from "../../contracts/errors.ts";
import type { UserId } from "../../contracts/ids.ts";
import type { WebhookId } from "../../contracts/webhooks.ts";
import { onRedis, type Redis } from "../../platform/redis.ts";
import { parseStored } from "../users/stored_json.ts";
import { Endpoint } from "./endpoint.ts";
import { ADD_ENDPOINT, CHANGE_ENDPOINT, REMOVE_ENDPOINT } from "./endpoint_scripts.ts";
import { Health } from "./health.ts";
import { webhookKeys } from "./redis_keys.ts";

/** How often a change is made anew when others change the same endpoint. */
const MAX_TRIES = 5;

/** The endpoints, in Redis. Every method throws `unavailable` when Redis is away. */
export class EndpointStore {
  constructor(private readonly redis: Redis) {}

  /** @throws AppError `webhook_limit` when the owner has as many as `limit` already. */
  async add(endpoint: Endpoint, limit?: number): Promise<void> {
    const { id, scope, createdAt } = endpoint;
    const args = [JSON.stringify(endpoint), id, createdAt, scope, limit ?? ""];
    const added = await onRedis(() =>
      this.redis.eval(ADD_ENDPOINT, 4, ...keysOf(endpoint), ...args)
    );
    if (added === 1) return;
    throw new AppError("webhook_limit", `You have ${limit} webhooks: delete one you do not need`);
  }

  async get(id: WebhookId): Promise<Endpoint | null> {
    const key = webhookKeys.endpoint(id);
    const text = await onRedis(() => this.redis.get(key));
    return text === null ? null : parseStored(Endpoint, key, text);
  }

  /**
   * Changes an endpoint by a function of what it is now, which may be asked again.
   *
   * @returns Null when there is no such endpoint.
   * @throws AppError `conflict` when others were faster each time; what `change` throws.
   */
  async change(id: WebhookId, change: (now: Endpoint) => Endpoint): Promise<Endpoint | null> {
    const key = webhookKeys.endpoint(id);
    for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
      const text = await onRedis(() => this.redis.get(key));
      if (text === null) return null;
      const changed = change(parseStored(Endpoint, key, text));
      const args = [text, JSON.stringify(changed), id, changed.disabled === null ? 1 : 0];
      const done = await onRedis(() => this.redis.eval(CHANGE_ENDPOINT, 1, key, ...args));
      if (done === 1) return changed;
    }
    throw new AppError("conflict", `Webhook ${id} is being changed by others: try again`);
  }

  async remove(endpoint: Endpoint): Promise<void> {
    await onRedis(() => this.redis.eval(REMOVE_ENDPOINT, 4, ...keysOf(endpoint), endpoint.id));
  }

  /** Those that may want events of this owner's rooms. */
  async forOwner(owner: UserId): Promise<Endpoint[]> {
    const [site, own] = await Promise.all([
      onRedis(() => this.redis.smembers(webhookKeys.site)),
      onRedis(() => this.redis.zrange(webhookKeys.ofOwner(owner), "0", "-1")),
    ]);
    return await this.#all([...new Set([...site, ...own])]);
  }

  /** Those that stand in the configuration. */
  async configured(): Promise<Endpoint[]> {
    return await this.#all(
      await onRedis(() => this.redis.zrange(webhookKeys.configured, "0", "-1")),
    );
  }

  /** Some, the newest first: one owner's or everybody's (null), from a place on, as ZREVRANGEBYSCORE names it. */
  async list(owner: UserId | null, before: string, limit: number): Promise<Endpoint[]> {
    const key = owner === null ? webhookKeys.endpoints : webhookKeys.ofOwner(owner);
    const ids = await onRedis(() =>
      this.redis.zrevrangebyscore(key, before, "-inf", "LIMIT", 0, limit)
    );
    return await this.#all(ids);
  }

  async health(id: WebhookId): Promise<Health> {
    const [state, waiting] = await Promise.all([
      onRedis(() => this.redis.hgetall(webhookKeys.state(id))),
      onRedis(() => this.redis.zcard(webhookKeys.pending(id))),
    ]);
    return Health.parse({ ...state, waiting });
  }

  async #all(ids: readonly string[]): Promise<Endpoint[]> {
    if (ids.length === 0) return [];
    const keys = ids.map(webhookKeys.endpoint);
    const texts = z.array(z.string().nullable()).parse(await onRedis(() => this.redis.mget(keys)));
    return texts.flatMap((text, index) =>
      text === null ? [] : [parseStored(Endpoint, keys[index] ?? "", text)]
    );
  }
}

/** The keys that hold or name an endpoint. */
function keysOf({ id, owner }: Endpoint): string[] {
  const ofOwner = owner === null ? webhookKeys.configured : webhookKeys.ofOwner(owner);
  return [webhookKeys.endpoint(id), webhookKeys.endpoints, ofOwner, webhookKeys.site];
}
