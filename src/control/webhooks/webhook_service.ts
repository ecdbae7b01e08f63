import { AppError } from "../../contracts/errors.ts";
import { randomId } from "../../contracts/ids.ts";
import type { AccessClaims } from "../../contracts/users.ts";
import type { WebhookId, WebhookParams, WebhookResult } from "../../contracts/webhooks.ts";
import { takeTry } from "../../platform/rate_limit.ts";
import type { Redis } from "../../platform/redis.ts";
import type { AdminGuard } from "../admin/admin_guard.ts";
import { type Caller, signedIn } from "../rooms/caller.ts";
import { type Endpoint, endpointView } from "./endpoint.ts";
import type { EndpointStore } from "./endpoint_store.ts";
import { deliveryId } from "./happenings.ts";
import { envelope } from "./publisher.ts";
import type { DeliveryQueue } from "./queue.ts";
import { RefusedError, type Sender } from "./send.ts";
import { newSecret } from "./signature.ts";

export interface WebhookServiceOptions {
  readonly redis: Redis;
  readonly endpoints: EndpointStore;
  readonly queue: DeliveryQueue;
  readonly sender: Pick<Sender, "addressOf">;
  readonly guard: Pick<AdminGuard, "isAdmin">;
  /** There is something to send. */
  readonly onQueued: () => void;
  /** Unix time in ms. */
  readonly now?: () => number;
}

/** How many endpoints a person may have. */
const MAX_ENDPOINTS = 20;
/** How many pings and tries by hand a webhook may have. */
const TRIES_BY_HAND = { limit: 60, windowS: 60 };
/** How long (ms) the secret before the newest goes on signing. */
const ROTATION_MS = 24 * 3600 * 1000;

/** The endpoints as their owners manage them. Every method throws `unavailable` when Redis is away. */
export class WebhookService {
  readonly #now: () => number;

  constructor(private readonly options: WebhookServiceOptions) {
    this.#now = options.now ?? Date.now;
  }

  async create(
    params: WebhookParams<"webhook.create">,
    caller: Caller,
  ): Promise<WebhookResult<"webhook.create">> {
    const claims = signedIn(caller);
    if (claims.role === "guest") throw new AppError("forbidden", "Guests cannot have webhooks");
    if (params.scope === "site" && !await this.options.guard.isAdmin(claims)) {
      throw new AppError("forbidden", "Only an admin may have a webhook for all rooms");
    }
    await this.#assertAllowed(params.url);
    const secret = newSecret();
    const endpoint: Endpoint = {
      ...params,
      id: `wh-${randomId(12)}`,
      owner: claims.sub,
      secrets: [{ secret, until: null }],
      createdAt: this.#now(),
      disabled: null,
    };
    await this.options.endpoints.add(endpoint, MAX_ENDPOINTS);
    return { ...await this.#view(endpoint), secret };
  }

  async list(
    { limit, cursor, all }: WebhookParams<"webhook.list">,
    caller: Caller,
  ): Promise<WebhookResult<"webhook.list">> {
    const { endpoints, guard } = this.options;
    const claims = signedIn(caller);
    const isAdmin = await guard.isAdmin(claims);
    if (all && !isAdmin) {
      throw new AppError("forbidden", "Only an admin may see everybody's webhooks");
    }
    const before = cursor === undefined ? "+inf" : `(${cursor}`;
    const found = await endpoints.list(all ? null : claims.sub, before, limit);
    const shown = found.filter((endpoint) => isAdmin || isOwn(endpoint, claims));
    const webhooks = await Promise.all(shown.map((endpoint) => this.#view(endpoint)));
    const last = found.length < limit ? undefined : found.at(-1);
    return { webhooks, nextCursor: last === undefined ? null : String(last.createdAt) };
  }

  async get({ id }: WebhookParams<"webhook.get">, caller: Caller) {
    return await this.#view(await this.#find(id, caller));
  }

  async update(
    { id, url, enabled, ...rest }: WebhookParams<"webhook.update">,
    caller: Caller,
  ): Promise<WebhookResult<"webhook.update">> {
    const patch = Object.fromEntries(
      Object.entries({ url, ...rest }).filter(([, value]) => value !== undefined),
    );
    const found = await this.#find(id, caller);
    // The configuration cannot say that a webhook is well again.
    if (enabled === undefined || Object.keys(patch).length > 0) assertChangeable(found);
    if (url !== undefined) await this.#assertAllowed(url);
    const off = { reason: "it was switched off by hand", at: this.#now() };
    return await this.#change(id, (endpoint) => ({
      ...endpoint,
      ...patch,
      disabled: enabled === undefined
        ? endpoint.disabled
        : enabled
        ? null
        : endpoint.disabled ?? off,
    }));
  }

  async remove({ id }: WebhookParams<"webhook.delete">, caller: Caller): Promise<null> {
    const endpoint = await this.#find(id, caller);
    assertChangeable(endpoint);
    await this.options.endpoints.remove(endpoint);
    return null;
  }

  async rotate(
    { id }: WebhookParams<"webhook.rotate">,
    caller: Caller,
  ): Promise<WebhookResult<"webhook.rotate">> {
    assertChangeable(await this.#find(id, caller));
    const secret = newSecret();
    const until = this.#now() + ROTATION_MS;
    const view = await this.#change(id, (endpoint) => ({
      ...endpoint,
      secrets: [
        { secret, until: null },
        ...endpoint.secrets.slice(0, 1).map((before) => ({ secret: before.secret, until })),
      ],
    }));
    return { ...view, secret };
  }

  async test(
    { id }: WebhookParams<"webhook.test">,
    caller: Caller,
  ): Promise<WebhookResult<"webhook.test">> {
    assertEnabled(await this.#find(id, caller));
    await this.#takeTry(id);
    const at = this.#now();
    const event = {
      id: `evt_${crypto.randomUUID().replaceAll("-", "")}`,
      type: "webhook.ping",
    } as const;
    const { head, tail } = envelope({ ...event, at, data: { webhook: id } });
    const delivery = deliveryId(event.id, id);
    await this.options.queue.add(id, delivery, { ...event, body: `${head}${at}${tail}` });
    return await this.#queued(delivery);
  }

  async deliveries(
    { id, limit, cursor, status }: WebhookParams<"webhook.deliveries">,
    caller: Caller,
  ): Promise<WebhookResult<"webhook.deliveries">> {
    await this.#find(id, caller);
    return await this.options.queue.list(id, { limit, cursor, status });
  }

  async retry(
    { id, delivery }: WebhookParams<"webhook.retry">,
    caller: Caller,
  ): Promise<WebhookResult<"webhook.retry">> {
    assertEnabled(await this.#find(id, caller));
    await this.#takeTry(id);
    if (!await this.options.queue.retry(id, delivery)) throw noDelivery(delivery);
    return await this.#queued(delivery);
  }

  /** So that nobody has us call a stranger's server without end. */
  async #takeTry(id: WebhookId): Promise<void> {
    await takeTry(this.options.redis, "webhook", id, TRIES_BY_HAND);
  }

  async #queued(delivery: string) {
    const view = await this.options.queue.get(delivery);
    if (view === null) throw noDelivery(delivery);
    this.options.onQueued();
    return view;
  }

  /** Nobody learns which webhooks others have; one for all rooms is for who is an admin now, also its owner. */
  async #find(id: WebhookId, caller: Caller): Promise<Endpoint> {
    const claims = signedIn(caller);
    const endpoint = await this.options.endpoints.get(id);
    if (endpoint !== null) {
      if (isOwn(endpoint, claims) || await this.options.guard.isAdmin(claims)) return endpoint;
    }
    throw new AppError("not_found", `There is no webhook ${id}`);
  }

  async #change(id: WebhookId, change: (now: Endpoint) => Endpoint) {
    const changed = await this.options.endpoints.change(id, change);
    if (changed === null) throw new AppError("not_found", `There is no webhook ${id}`);
    this.options.onQueued();
    return await this.#view(changed);
  }

  async #view(endpoint: Endpoint) {
    return endpointView(endpoint, await this.options.endpoints.health(endpoint.id));
  }

  /** A name that cannot be looked up now may be known when there is something to send. */
  async #assertAllowed(url: string): Promise<void> {
    try {
      await this.options.sender.addressOf(new URL(url));
    } catch (err) {
      if (!(err instanceof RefusedError)) return;
      const fields = [{ pointer: "/url", detail: err.message }];
      throw new AppError("invalid_params", `/url: ${err.message}`, { fields });
    }
  }
}

function isOwn({ owner, scope }: Endpoint, { sub }: AccessClaims): boolean {
  return owner === sub && scope === "own";
}

function assertChangeable({ owner }: Endpoint): void {
  if (owner !== null) return;
  throw new AppError(
    "forbidden",
    "This webhook is in the configuration: change it there, or switch it off and on by `enabled` alone",
  );
}

function assertEnabled({ disabled }: Endpoint): void {
  if (disabled === null) return;
  throw new AppError(
    "conflict",
    `The webhook is switched off (${disabled.reason}): enable it first`,
  );
}

function noDelivery(id: string): AppError {
  return new AppError("not_found", `There is no delivery ${id}`);
}
