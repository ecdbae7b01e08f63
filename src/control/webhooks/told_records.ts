import type { RoomId } from "../../contracts/ids.ts";
import { onRedis, type Redis } from "../../platform/redis.ts";
import { Told } from "./happenings.ts";
import { webhookKeys } from "./redis_keys.ts";

/** What was told of a room, with the text that it is on record as (empty: it is not). */
export interface ToldRecord {
  readonly text: string;
  /** Null when the text cannot be read. */
  readonly told: Told | null;
}

/** How many records one read of all takes at a time. */
const BATCH = 500;

/** What was told of each room, in Redis. Every method throws `unavailable` when Redis is away. */
export class ToldRecords {
  constructor(private readonly redis: Redis) {}

  async get(room: RoomId): Promise<ToldRecord | null> {
    const text = await onRedis(() => this.redis.hget(webhookKeys.told, room));
    return text === null ? null : parse(text);
  }

  /** What was told last of a room that was deleted a while ago. */
  async gone(room: RoomId): Promise<Told | null> {
    const text = await onRedis(() => this.redis.get(webhookKeys.gone(room)));
    return text === null ? null : parse(text).told;
  }

  async all(): Promise<Map<RoomId, ToldRecord>> {
    const records = new Map<RoomId, ToldRecord>();
    for (let cursor = "0", first = true; first || cursor !== "0"; first = false) {
      const [next, flat] = await onRedis(() =>
        this.redis.hscan(webhookKeys.told, cursor, "COUNT", BATCH)
      );
      for (let index = 0; index + 1 < flat.length; index += 2) {
        const [room = "", text = ""] = flat.slice(index, index + 2);
        records.set(room, parse(text));
      }
      cursor = next;
    }
    return records;
  }

  /** Unix time in ms: rooms made before it were there before anybody told of rooms. It is `since` when nobody has yet. */
  async baseline(since: number): Promise<number> {
    await onRedis(() => this.redis.set(webhookKeys.baseline, since, "NX"));
    return Number(await onRedis(() => this.redis.get(webhookKeys.baseline)));
  }
}

function parse(text: string): ToldRecord {
  try {
    return { text, told: Told.parse(JSON.parse(text)) };
  } catch {
    return { text, told: null };
  }
}
