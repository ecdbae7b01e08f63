import { z } from "zod";
import { backoffMs, sleep } from "../../platform/backoff.ts";
import type { Running } from "../../platform/lifecycle.ts";
import { type RedisConnection, redisReady } from "../../platform/redis.ts";
import { unlessAborted } from "../../platform/unless_aborted.ts";
import { adminKeys } from "./redis_keys.ts";

/** How long (ms) one read waits for news. */
const BLOCK_MS = 5000;

const News = z.array(z.tuple([z.string(), z.array(z.tuple([z.string(), z.unknown()])).min(1)]))
  .nullable();
const Newest = z.array(z.tuple([z.string(), z.unknown()]));

/** Tells all who follow the event log in this process that there is news, by one blocking read for all. */
export class EventFeed implements Running {
  readonly #abort = new AbortController();
  #reader: RedisConnection | undefined;
  #loop: Promise<void> | undefined;
  #news = Promise.withResolvers<void>();
  #lastId: string | null = null;

  /** @param connect Makes a blocking connection of its own; asked for once somebody follows. */
  constructor(private readonly connect: () => RedisConnection) {}

  /** Resolves when there may be news that came after this call, and when the feed is stopped. */
  next(): Promise<void> {
    this.#loop ??= this.#run();
    return this.#news.promise;
  }

  /** True once nobody can be told anything any more. */
  get stopped(): boolean {
    return this.#abort.signal.aborted;
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    this.#tell();
    await this.#reader?.stop();
    await this.#loop;
  }

  #tell(): void {
    this.#news.resolve();
    this.#news = Promise.withResolvers<void>();
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    const { client } = this.#reader = this.connect();
    for (let failures = 0; !signal.aborted;) {
      try {
        if (this.#lastId === null) {
          await unlessAborted(redisReady(this.#reader), signal);
          const [newest] = Newest.parse(
            await client.xrevrange(adminKeys.events, "+", "-", "COUNT", 1),
          );
          this.#lastId = newest?.[0] ?? "0-0";
          // What was written before this look nobody was told of.
          this.#tell();
        }
        const news = News.parse(
          await client.xread("BLOCK", BLOCK_MS, "STREAMS", adminKeys.events, this.#lastId),
        );
        this.#lastId = news?.[0]?.[1].at(-1)?.[0] ?? this.#lastId;
        if (news !== null) this.#tell();
        failures = 0;
      } catch {
        if (signal.aborted) return;
        failures += 1;
        this.#lastId = null;
        await sleep(backoffMs(failures, { maxMs: 2000 }), signal).catch(() => {});
      }
    }
  }
}
