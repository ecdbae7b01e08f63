import { z } from "zod";
import type { RoomId } from "../../contracts/ids.ts";
import { MEMBER_FEED, type SeatEntry } from "../../contracts/member_feed.ts";
import {
  KEPT_NOTIFICATIONS,
  type NotificationParams,
  NOTIFICATIONS,
  type Participant,
} from "../../contracts/rpc.ts";
import { onRedis, type RedisConnection } from "../../platform/redis.ts";
import { ANNOUNCE, PUBLISH, RETIRE } from "./room_scripts.ts";
import { END } from "./seat_scripts.ts";
import type { StreamId } from "./stream_id.ts";

export type KeptNotification = typeof KEPT_NOTIFICATIONS[number];

/** Something that happened in a room, as its stream keeps it. */
export interface RoomEvent {
  readonly id: StreamId;
  readonly method: KeptNotification;
  readonly params: NotificationParams<KeptNotification>;
}

/** About how many events a room keeps. */
const MAX_EVENTS = 500;
/** How many events back a seat that was left is still looked for. */
const RECENT_EVENTS = 50;
/** How long (s) a room's events and seats outlive the last of them. */
export const TTL_S = 7 * 24 * 3600;

const Entry = z.tuple([z.string(), z.array(z.string())]);
const Fields = z.object({ method: z.enum(KEPT_NOTIFICATIONS), params: z.string() });

/**
 * A room's events (stream `events:room:{id}`) and the seats taken in it (hash `seats:{id}`), in Redis.
 * Every call throws AppError `unavailable` when Redis is away. Calls of one gateway take effect in their order.
 */
export class RoomLog {
  constructor(private readonly redis: RedisConnection, private readonly gatewayId: string) {}

  /**
   * The place in the stream after which everything is news, and the seats that were left of late: Janus may list one a
   * moment longer than the room was told of it.
   */
  async recent(room: RoomId): Promise<{ since: StreamId; gone: ReadonlySet<string> }> {
    const entries = await this.#ask((client) =>
      client.xrevrange(eventsKey(room), "+", "-", "COUNT", RECENT_EVENTS)
    );
    return { since: entries[0]?.[0] ?? "0-0", gone: seatsLeft(parseEvents(entries).reverse()) };
  }

  /** The events after an id, oldest first. */
  async after(room: RoomId, id: StreamId): Promise<RoomEvent[]> {
    const entries = await this.#ask((client) =>
      client.xrange(eventsKey(room), `(${id}`, "+", "COUNT", MAX_EVENTS * 2)
    );
    return parseEvents(entries);
  }

  /** Enters a seat and tells that somebody joined. Does nothing when it is entered, unless told to say it again. */
  async announce(room: RoomId, participant: Participant, again = false): Promise<void> {
    const rest = [participant.id, this.entry(participant), again ? 1 : 0];
    await this.#script(ANNOUNCE, room, "joined", { participant }, [], ...rest);
  }

  /**
   * Strikes a seat out and tells that it was left, once, whoever else does the same. Gives the time (ms) after which to
   * look again while its page is awaited, else 0.
   *
   * @param anyway Also when its page is awaited.
   */
  async retire(room: RoomId, seat: string, anyway = false): Promise<number> {
    const rest = [seat, anyway ? 1 : 0];
    return z.number().parse(
      await this.#script(RETIRE, room, "left", { seat }, [seatKey(seat)], ...rest),
    );
  }

  /** As {@link retire}, for a seat that we have had under a fence. False when another gateway has it. */
  async end(room: RoomId, seat: string, fence: number): Promise<boolean> {
    return await this.#script(END, room, "left", { seat }, [seatKey(seat)], seat, fence) === 1;
  }

  async publish<K extends "muted" | "renamed">(
    room: RoomId,
    method: K,
    params: NotificationParams<K>,
  ): Promise<void> {
    await this.#script(PUBLISH, room, method, params, []);
  }

  /** What stands in the room's hash of seats for somebody here. */
  entry({ userId, name, role }: Participant): string {
    const entry: SeatEntry = { gateway: this.gatewayId, user: userId, name, role };
    return JSON.stringify(entry);
  }

  /** The ids of the seats entered in a room. */
  async seats(room: RoomId): Promise<string[]> {
    return await this.#ask((client) => client.hkeys(seatsKey(room)));
  }

  #ask<T>(command: (client: RedisConnection["client"]) => Promise<T>): Promise<T> {
    return onRedis(() => command(this.redis.client));
  }

  #script(
    script: string,
    room: RoomId,
    method: KeptNotification,
    params: unknown,
    moreKeys: readonly string[],
    ...rest: (string | number)[]
  ): Promise<unknown> {
    const keys = [eventsKey(room), seatsKey(room), ...moreKeys, MEMBER_FEED];
    const common = [method, JSON.stringify(params), MAX_EVENTS, TTL_S] as const;
    return this.#ask((client) =>
      client.eval(script, keys.length, ...keys, ...common, ...rest, room)
    );
  }
}

export function eventsKey(room: RoomId): string {
  return `events:room:${room}`;
}

export function seatsKey(room: RoomId): string {
  return `seats:${room}`;
}

export function seatKey(seat: string): string {
  return `seat:${seat}`;
}

/** The seats of which the last that events say, oldest first, is that they were left. */
export function seatsLeft(events: readonly RoomEvent[]): Set<string> {
  const gone = new Set<string>();
  for (const { method, params } of events) {
    if (method === "left") gone.add(NOTIFICATIONS.left.parse(params).seat);
    if (method === "joined") gone.delete(NOTIFICATIONS.joined.parse(params).participant.id);
  }
  return gone;
}

/** The events that stream entries hold; entries that fit no schema are left out. */
export function parseEvents(entries: unknown): RoomEvent[] {
  return z.array(z.unknown()).catch([]).parse(entries).flatMap((entry) => {
    const parsed = Entry.safeParse(entry);
    const event = parsed.success ? parseEvent(...parsed.data) : null;
    return event === null ? [] : [event];
  });
}

function parseEvent(id: StreamId, flat: readonly string[]): RoomEvent | null {
  const pairs = Array.from(
    { length: Math.floor(flat.length / 2) },
    (_, i) => flat.slice(2 * i, 2 * i + 2),
  );
  const fields = Fields.safeParse(Object.fromEntries(pairs));
  if (!fields.success) return null;
  const { method } = fields.data;
  try {
    const params = NOTIFICATIONS[method].safeParse(JSON.parse(fields.data.params));
    return params.success ? { id, method, params: params.data } : null;
  } catch {
    return null;
  }
}
