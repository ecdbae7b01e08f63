import { z } from "zod";
import type { UserId } from "../../contracts/ids.ts";
import type { Running } from "../../platform/lifecycle.ts";
import type { Log } from "../../platform/log.ts";
import type { RedisConnection } from "../../platform/redis.ts";
import { RELEASE, TAKE } from "./lock_scripts.ts";

/** How long (ms) a lock outlives its last renewal: that of a gateway that died. */
const TTL_MS = 30_000;

interface Claim {
  readonly userId: UserId;
  /** Unix time in µs at which the connection was made: its fencing id if Redis was away then. */
  readonly openedAtUs: number;
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

  /**
   * Takes the user's lock for a connection; older ones are superseded. Never rejects.
   *
   * @param openedAtMs Unix time at which it was made.
   */
  async take(userId: UserId, connId: string, openedAtMs: number): Promise<void> {
    for (const [other, claim] of this.#claims) {
      if (claim.userId !== userId) continue;
      if (claim.openedAtUs > openedAtMs * 1000) return this.options.onSuperseded(connId);
      this.#supersede(other);
    }
    const claim: Claim = { userId, openedAtUs: openedAtMs * 1000, fence: null };
    this.#claims.set(connId, claim);
    try {
      claim.fence = await this.#run(connId, claim, "0");
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
      this.#run(connId, claim, claim.fence ?? String(claim.openedAtUs)).then((fence) => {
        if (fence === null) this.#supersede(connId);
        else claim.fence = fence;
      }).catch((err) => {
        this.options.log.debug({ err, connId }, "a connection lock was not renewed");
      });
    }
  }

  /** The fencing id, or null when a newer connection has the lock. */
  async #run(connId: string, claim: Claim, wanted: string): Promise<string | null> {
    const { redis, gatewayId } = this.options;
    const fence = z.string().regex(/^\d+$/).parse(
      await redis.client.eval(
        TAKE,
        2,
        lockKey(claim.userId),
        "lock:fence",
        gatewayId,
        connId,
        TTL_MS,
        wanted,
      ),
    );
    if (!this.#claims.has(connId) && fence !== "0") {
      await redis.client.eval(RELEASE, 1, lockKey(claim.userId), fence);
    }
    return fence === "0" ? null : fence;
  }

  #supersede(connId: string): void {
    if (this.#claims.has(connId)) this.options.onSuperseded(connId);
  }
}

function lockKey(userId: UserId): string {
  return `lock:conn:${userId}`;
}
