import { z } from "zod";
import type { RoomId } from "../../contracts/ids.ts";
import { backoffMs, sleep } from "../../platform/backoff.ts";
import type { Running } from "../../platform/lifecycle.ts";
import type { Log } from "../../platform/log.ts";
import type { RedisConnection } from "../../platform/redis.ts";
import { eventsKey, parseEvents, type RoomEvent } from "./room_log.ts";
import { compareStreamIds, type StreamId } from "./stream_id.ts";

/** How long (ms) one read waits for events. */
const BLOCK_MS = 5000;
/** As {@link BLOCK_MS}, for the first read after one that failed: that Redis is back should be known at once. */
const PROBE_MS = 1;

const Streams = z.array(z.tuple([
  z.string(),
  z.array(z.tuple([z.string(), z.array(z.string())])),
])).nullable();

export interface RoomFeedOptions {
  /** A blocking connection of its own. */
  readonly reader: RedisConnection;
  readonly redis: RedisConnection;
  readonly gatewayId: string;
  readonly log: Log;
  readonly onEvent: (room: RoomId, event: RoomEvent) => void;
  /** Redis is back after it was away: what was written meanwhile may be lost. */
  readonly onRecovered: () => void;
}

/**
 * The events of all rooms that this gateway has members in, by one blocking read. A stream of the gateway's own
 * is read along, so that a write to it ends the wait when there is another room to read.
 */
export class RoomFeed implements Running {
  readonly #positions = new Map<RoomId, StreamId>();
  readonly #wakeKey: string;
  readonly #abort = new AbortController();
  #wakeId: StreamId = "0-0";
  #loop: Promise<void> | undefined;

  constructor(private readonly options: RoomFeedOptions) {
    this.#wakeKey = `events:wake:${options.gatewayId}`;
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#abort.abort(new Error("The feed was stopped"));
    await this.options.reader.stop();
    await this.#loop;
  }

  /** Reads the room from `after` on, again if it must: an event may be told twice. */
  follow(room: RoomId, after: StreamId): void {
    const position = this.#positions.get(room);
    if (position !== undefined && compareStreamIds(position, after) <= 0) return;
    this.#positions.set(room, after);
    this.#wake();
  }

  unfollow(room: RoomId): void {
    this.#positions.delete(room);
  }

  #wake(): void {
    const { client } = this.options.redis;
    client.multi().xadd(this.#wakeKey, "MAXLEN", 1, "*", "wake", "1").expire(this.#wakeKey, 60)
      .exec().catch((err) => this.options.log.debug({ err }, "the feed was not woken"));
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    for (let failures = 0; !signal.aborted;) {
      try {
        await this.#read(failures > 0 ? PROBE_MS : BLOCK_MS);
        if (failures > 0) this.options.onRecovered();
        failures = 0;
      } catch (err) {
        if (signal.aborted) return;
        failures += 1;
        if (failures === 1) this.options.log.warn({ err }, "room events cannot be read");
        await sleep(backoffMs(failures, { maxMs: 1000 }), signal).catch(() => {});
      }
    }
  }

  async #read(blockMs: number): Promise<void> {
    const asked = new Map(this.#positions);
    const keys = [this.#wakeKey, ...[...asked.keys()].map(eventsKey)];
    const ids = [this.#wakeId, ...asked.values()];
    const { client } = this.options.reader;
    const streams = Streams.parse(
      await client.xread("COUNT", 100, "BLOCK", blockMs, "STREAMS", ...keys, ...ids),
    );
    const byKey = new Map(streams ?? []);
    this.#wakeId = byKey.get(this.#wakeKey)?.at(-1)?.[0] ?? this.#wakeId;
    for (const [room, position] of asked) {
      const entries = byKey.get(eventsKey(room));
      const last = entries?.at(-1)?.[0];
      if (last === undefined || this.#positions.get(room) !== position) continue;
      this.#positions.set(room, last);
      for (const event of parseEvents(entries)) this.options.onEvent(room, event);
    }
  }
}
