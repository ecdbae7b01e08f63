import { z } from "zod";
import type { UserId } from "../../contracts/ids.ts";
import type { Running } from "../../platform/lifecycle.ts";
import type { Log } from "../../platform/log.ts";
import type { RedisConnection } from "../../platform/redis.ts";
import { DRAW, RELEASE, TAKE } from "./lock_scripts.ts";

/** How long (ms) a lock outlives its last renewal: that of a gateway that died. */
const TTL_MS = 30_000;

/** When a connection was made, among those of its user: the newest has the lock. */
export interface LockTicket {
  /** Unix time in µs at which the connection was made: its fencing id if Redis was away then. */
  readonly openedAtUs: number;
  /** The fencing id that Redis gave it then, or null. Never rejects. */
  readonly drawn: Promise<string | null>;
}

interface Claim extends LockTicket {
  readonly userId: UserId;
  /** Null until Redis has given the lock. */
  fence: string | null;
}

export interface ConnectionLocksOptions {
  readonly redis: RedisConnection;
  /** A connection of its own, for a subscribed one takes no other commands. */
  readonly subscriber: RedisConnection;
  /** Names this process; no two gateways have the same. */
  readonly gatewayId: string;
  /** A newer connection of the same user took over. */
  readonly onSuperseded: (connId: string) => void;
  readonly log: Log;
}

/**
 * One connection per user, the newest, over all gateways: `lock:conn:{user}` in Redis. Whoever is superseded is
 * told at once by a message, or finds out when it renews. While Redis is away people are let in without a lock
 * (the older connections of this process go all the same), and locks are taken as soon as it is back.
 */
export class ConnectionLocks implements Running {
  readonly #claims = new Map<string, Claim>();
  readonly #channel: string;
  #timer: ReturnType<typeof setInterval> | undefined;
  readonly #onReady = () => this.renewAll();

  constructor(private readonly options: ConnectionLocksOptions) {
    this.#channel = `lock:superseded:${options.gatewayId}`;
  }

  start(): void {
    const { redis, subscriber } = this.options;
    const subscribe = () => void subscriber.client.subscribe(this.#channel).catch(() => {});
    subscriber.client.on("ready", subscribe);
    subscriber.client.on("message", (channel, connId) => {
      if (channel === this.#channel) this.#supersede(connId);
    });
    if (subscriber.client.status === "ready") subscribe();
    redis.client.on("ready", this.#onReady);
    this.#timer = setInterval(() => this.renewAll(), TTL_MS / 3);
  }

  stop(): Promise<void> {
    clearInterval(this.#timer);
    this.options.redis.client.off("ready", this.#onReady);
    return Promise.resolve();
  }

  /** Called as soon as a connection is made: however late it takes the lock, it is no newer than those made after it. */
  draw(userId: UserId): LockTicket {
    const drawn = this.options.redis.client.eval(DRAW, 2, lockKey(userId), "lock:fence")
      .then((fence) => Fence.parse(fence), () => null);
    return { openedAtUs: Date.now() * 1000, drawn };
  }

  /** Takes the user's lock for a connection; older ones are superseded, or this one is. Never rejects. */
  async take(userId: UserId, connId: string, ticket: LockTicket): Promise<void> {
    for (const [other, claim] of this.#claims) {
      if (claim.userId !== userId) continue;
      if (claim.openedAtUs > ticket.openedAtUs) return this.options.onSuperseded(connId);
      this.#supersede(other);
    }
    const claim: Claim = { ...ticket, userId, fence: null };
    this.#claims.set(connId, claim);
    try {
      await this.#settle(connId, claim);
    } catch (err) {
      this.options.log.warn({ err, userId, connId }, "let in without a connection lock");
    }
  }

  /** Gives the lock back, if a newer connection has not taken it. Never rejects. */
  async release(connId: string): Promise<void> {
    const claim = this.#claims.get(connId);
    this.#claims.delete(connId);
    if (!claim?.fence) return;
    try {
      await this.options.redis.client.eval(RELEASE, 1, lockKey(claim.userId), claim.fence);
    } catch (err) {
      this.options.log.debug({ err, connId }, "a connection lock is left to run out");
    }
  }

  /** Renews every lock, takes those that were lost, and finds out which were superseded. */
  renewAll(): void {
    for (const [connId, claim] of this.#claims) {
      this.#settle(connId, claim).catch((err) => {
        this.options.log.debug({ err, connId }, "a connection lock was not renewed");
      });
    }
  }

  /** Has the lock given to a connection, or finds out that a newer one has it. */
  async #settle(connId: string, claim: Claim): Promise<void> {
    const { redis, gatewayId } = this.options;
    const wanted = claim.fence ?? await claim.drawn ?? String(claim.openedAtUs);
    const key = lockKey(claim.userId);
    const fence = Fence.parse(
      await redis.client.eval(TAKE, 1, key, gatewayId, connId, TTL_MS, wanted),
    );
    if (fence === "0") return this.#supersede(connId);
    claim.fence = fence;
    if (!this.#claims.has(connId)) await redis.client.eval(RELEASE, 1, key, fence);
  }

  #supersede(connId: string): void {
    if (this.#claims.has(connId)) this.options.onSuperseded(connId);
  }
}

const Fence = z.string().regex(/^\d+$/);

function lockKey(userId: UserId): string {
  return `lock:conn:${userId}`;
}
