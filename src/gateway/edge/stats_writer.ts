import {
  EDGE_SAMPLES,
  EDGE_STATS_KEYS,
  EDGE_STEP_MS,
  type EdgeCard,
  type EdgeSample,
} from "../../contracts/edge_stats.ts";
import type { Log } from "../../platform/log.ts";
import type { Running } from "../../platform/lifecycle.ts";
import type { Redis } from "../../platform/redis.ts";
import type { Audience } from "./audience.ts";

export interface StatsWriterOptions {
  readonly redis: Redis;
  readonly card: EdgeCard;
  readonly audience: Audience;
  readonly log: Log;
}

/** How long (s) what an edge wrote outlives it. */
const KEPT_S = EDGE_SAMPLES * EDGE_STEP_MS / 1000;

/**
 * Writes a sample for each step to this edge's own stream. Nobody waits for it: while Redis is away listeners lose nothing,
 * and these steps are missing from the chart.
 */
export class StatsWriter implements Running {
  #step = stepAt(Date.now());
  #since = performance.now();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(private readonly options: StatsWriterOptions) {
    this.#await();
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#writing;
  }

  #await(): void {
    const ms = Math.max(50, this.#step + EDGE_STEP_MS - Date.now());
    this.#timer = setTimeout(() => this.#turn(), ms);
  }

  #turn(): void {
    const now = performance.now();
    const sample = this.options.audience.take(now - this.#since);
    this.#writing = this.#write(this.#step, sample);
    this.#since = now;
    // A clock that was set back would write a step twice, which the stream refuses.
    this.#step = stepAt(Date.now());
    this.#await();
  }

  async #write(step: number, sample: EdgeSample): Promise<void> {
    const { redis, card, log } = this.options;
    const key = EDGE_STATS_KEYS.samples(card.id);
    const now = Date.now();
    try {
      await redis.pipeline()
        .xadd(key, "MAXLEN", "~", EDGE_SAMPLES, `${step}-0`, "sample", JSON.stringify(sample))
        .expire(key, KEPT_S)
        .zadd(EDGE_STATS_KEYS.edges, now, JSON.stringify(card))
        .zremrangebyscore(EDGE_STATS_KEYS.edges, "-inf", now - KEPT_S * 1000)
        .exec();
    } catch (err) {
      log.debug({ err }, "a sample was not written");
    }
  }
}

function stepAt(now: number): number {
  return Math.floor(now / EDGE_STEP_MS) * EDGE_STEP_MS;
}
