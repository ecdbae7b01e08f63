import { AppError } from "../../contracts/errors.ts";
import { randomId } from "../../contracts/ids.ts";
import { MEMBER_FEED, MemberChange, SeatEntry } from "../../contracts/member_feed.ts";
import type { RoomStore } from "../../coordination/rooms.ts";
import { StoreError } from "../../coordination/store.ts";
import { backoffMs, sleep } from "../../platform/backoff.ts";
import type { Running } from "../../platform/lifecycle.ts";
import type { Log } from "../../platform/log.ts";
import { onRedis, type Redis, type RedisConnection } from "../../platform/redis.ts";
import { eventId, type Happening } from "./happenings.ts";
import type { Publisher } from "./publisher.ts";
import { factsOf, type RoomFacts, toldLive, toldRoom } from "./room_facts.ts";
import { FeedAnswer, FeedClaim, type FeedEntry, fieldsOf } from "./stream_entries.ts";
import type { ToldRecords } from "./told_records.ts";

export interface MemberTellerOptions {
  readonly redis: Redis;
  /** A blocking connection of its own. */
  readonly reader: RedisConnection;
  readonly rooms: RoomStore;
  readonly records: ToldRecords;
  readonly publisher: Publisher;
  readonly log: Log;
}

/** The consumer group that all Room Managers read the feed as. */
const GROUP = "webhooks";
/** How long (ms) one read waits. */
const BLOCK_MS = 2000;
/** How long (ms) an entry may be with a Room Manager before another takes it over. */
const ABANDONED_MS = 5000;
const COUNT = 100;

/** KEYS: the feed. ARGV: group, consumer. What is still with a consumer would be forgotten along with it. */
const LEAVE = `
if #redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 1, ARGV[2]) == 0 then
  redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])
end
return 1`;

/** Tells who joined and left, from the gateways' feed. Each entry is one Room Manager's, and another's when that one dies. */
export class MemberTeller implements Running {
  readonly #consumer = `rooms-${randomId(10)}`;
  readonly #abort = new AbortController();
  #loop: Promise<void> | undefined;
  #lookedForAbandoned = -Infinity;

  constructor(private readonly options: MemberTellerOptions) {}

  start(): void {
    this.#loop ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#abort.abort(new Error("The teller was stopped"));
    await this.options.reader.stop();
    await this.#loop;
    await this.options.redis.eval(LEAVE, 1, MEMBER_FEED, GROUP, this.#consumer).catch(() => {});
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    const { log } = this.options;
    for (let failures = 0; !signal.aborted;) {
      try {
        await this.#takeAbandoned();
        await this.#read();
        failures = 0;
      } catch (err) {
        if (signal.aborted) return;
        failures += 1;
        await this.#makeGroup().catch(() => {});
        if (failures === 3) log.warn({ err }, "who joins and leaves cannot be read");
        await sleep(backoffMs(failures, { maxMs: 2000 }), signal).catch(() => {});
      }
    }
  }

  /** From the beginning of the feed: what gateways wrote before there was a group is news. */
  async #makeGroup(): Promise<void> {
    await this.options.redis.xgroup("CREATE", MEMBER_FEED, GROUP, "0", "MKSTREAM");
  }

  async #read(): Promise<void> {
    const { client } = this.options.reader;
    const answer = FeedAnswer.parse(
      await client.xreadgroup(
        ...["GROUP", GROUP, this.#consumer] as const,
        ...["COUNT", COUNT, "BLOCK", BLOCK_MS, "STREAMS", MEMBER_FEED, ">"] as const,
      ),
    );
    for (const [, entries] of answer ?? []) await this.#tellAll(entries);
  }

  async #takeAbandoned(): Promise<void> {
    if (performance.now() - this.#lookedForAbandoned < ABANDONED_MS) return;
    const { redis } = this.options;
    const [, entries] = FeedClaim.parse(
      await redis.xautoclaim(
        ...[MEMBER_FEED, GROUP, this.#consumer, ABANDONED_MS, "0-0"] as const,
        ...["COUNT", COUNT] as const,
      ),
    );
    await this.#tellAll(entries);
    if (entries.length < COUNT) this.#lookedForAbandoned = performance.now();
  }

  async #tellAll(entries: readonly FeedEntry[]): Promise<void> {
    const { publisher, redis, log } = this.options;
    for (const [id, flat] of entries) {
      try {
        const event = await this.#eventOf(flat);
        if (event !== null) await publisher.publish(event.roomId, [event]);
      } catch (err) {
        if (isAway(err)) throw err;
        log.error({ err, entry: id }, "who joined or left cannot be told");
      }
      await onRedis(() => redis.xack(MEMBER_FEED, GROUP, id));
    }
  }

  /** Null when the entry fits no schema, or nobody knows its room any more. */
  async #eventOf(flat: readonly string[] | null): Promise<Happening | null> {
    const change = MemberChange.safeParse(fieldsOf(flat ?? []));
    if (!change.success) return null;
    const { room, method, event, seat } = change.data;
    const entry = SeatEntry.safeParse(parseJson(change.data.entry));
    const facts = await this.#factsOf(room);
    if (!entry.success || facts === null) {
      this.options.log.debug({ roomId: room, event }, "a member of an unknown room");
      return null;
    }
    const { user, name = null, role = null } = entry.data;
    const type = `member.${method}` as const;
    return {
      id: eventId(type, room, facts.createdAt, event),
      type,
      roomId: room,
      owner: facts.owner.id,
      at: Number(event.split("-")[0]),
      data: {
        room: toldRoom(facts),
        live: facts.live && toldLive(facts.live),
        member: { seat, userId: user, name, role },
      },
    };
  }

  /** The room, also when memory has not heard of it yet, or it was deleted a moment ago. */
  async #factsOf(id: string): Promise<RoomFacts | null> {
    const { rooms, records } = this.options;
    const known = rooms.get(id);
    const { meta, livemeta } = known.meta === null ? await rooms.read(id) : known;
    return meta === null ? await records.gone(id) : factsOf(meta, livemeta);
  }
}

/** Whether etcd or Redis is away: what failed for that will go well later. */
function isAway(err: unknown): boolean {
  return err instanceof StoreError || (err instanceof AppError && err.code === "unavailable");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
