import { z } from "zod";
import type { Log } from "../../platform/log.ts";
import type { Running } from "../../platform/lifecycle.ts";
import { onRedis, type RedisConnection } from "../../platform/redis.ts";

/** How many sessions are found at a time. */
const MOST = 50;
/** How many are taken over side by side: each may take seconds. */
const SIDE_BY_SIDE = 8;
/** How long (s) what Redis knows of sessions outlives the last gateway. */
const TTL_S = 3600;

/**
 * Notes that sessions are held, by Redis's clock, and finds those that nobody has held for a while. KEYS: the sorted set.
 * ARGV: how long (ms) a while is, how many to find, the TTL in s, and the seats held.
 */
const HOLD = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for i = 4, #ARGV do redis.call('ZADD', KEYS[1], now, ARGV[i]) end
redis.call('EXPIRE', KEYS[1], ARGV[3])
return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[1], 'LIMIT', 0, ARGV[2])`;

const KEY = "whip:held";

export interface OrphansOptions {
  readonly redis: RedisConnection;
  readonly sessions: {
    /** The seats that this gateway has. */
    seats(): string[];
    /** Takes a seat over; false when there is nothing to take. @throws AppError when it cannot be told. */
    rescue(seat: string): Promise<boolean>;
  };
  /** How often (ms) Redis is told and asked. */
  readonly periodMs: number;
  readonly log: Log;
}

/**
 * Takes over the encoders of gateways that are gone. A page whose gateway dies comes to another by itself; an encoder never
 * asks again, and Janus would give its seat up a while later.
 */
export class Orphans implements Running {
  readonly #staleMs: number;
  #timer: ReturnType<typeof setInterval> | undefined;
  #beat: Promise<void> | null = null;
  /** The seats that are to be taken over, as of the last beat. */
  #forsaken: string[] = [];
  readonly #rescues = new Map<string, Promise<void>>();
  /** Since when (ms, monotonic) Redis has answered every time: after it was away, all sessions look forsaken. */
  #soundSince: number | null = null;

  constructor(private readonly options: OrphansOptions) {
    this.#staleMs = 3 * options.periodMs;
  }

  start(): void {
    this.#timer ??= setInterval(() => {
      this.#beat ??= this.#hear().finally(() => this.#beat = null);
    }, this.options.periodMs);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#beat;
    this.#forsaken = [];
    await Promise.all(this.#rescues.values());
  }

  /** An encoder came: its gateway may die before the next round. */
  note(seat: string): void {
    this.#hold([seat]).catch((err) => {
      this.options.log.debug({ err, seat }, "an encoder is not entered yet");
    });
  }

  /** Says which seats are held here, and waits for no rescue: whoever is not heard of loses its seats. Never rejects. */
  async #hear(): Promise<void> {
    const { sessions, log } = this.options;
    try {
      const forsaken = await this.#hold(sessions.seats());
      const now = performance.now();
      this.#soundSince ??= now;
      if (now - this.#soundSince < 2 * this.#staleMs) return;
      // Those of the beat before may be with another gateway by now.
      this.#forsaken = forsaken.filter((seat) => !this.#rescues.has(seat));
      this.#rescueNext();
    } catch (err) {
      this.#soundSince = null;
      log.debug({ err }, "encoders that lost their gateway were not looked for");
    }
  }

  #rescueNext(): void {
    while (this.#rescues.size < SIDE_BY_SIDE) {
      const seat = this.#forsaken.shift();
      if (seat === undefined) return;
      const rescue = this.#rescue(seat).finally(() => {
        this.#rescues.delete(seat);
        this.#rescueNext();
      });
      this.#rescues.set(seat, rescue);
    }
  }

  async #hold(seats: readonly string[]): Promise<string[]> {
    const { redis } = this.options;
    const values = [this.#staleMs, MOST, TTL_S, ...seats];
    return z.array(z.string()).parse(
      await onRedis(() => redis.client.eval(HOLD, 1, KEY, ...values)),
    );
  }

  async #rescue(seat: string): Promise<void> {
    const { redis, sessions, log } = this.options;
    try {
      if (await sessions.rescue(seat)) log.info({ seat }, "an encoder was taken over");
      else await redis.client.zrem(KEY, seat);
    } catch (err) {
      log.debug({ err, seat }, "an encoder was not taken over; another gateway may have it");
    }
  }
}
