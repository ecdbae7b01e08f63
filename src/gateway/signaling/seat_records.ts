import { z } from "zod";
import type { RoomId } from "../../contracts/ids.ts";
import { onRedis, type RedisConnection } from "../../platform/redis.ts";
import { type RoomLog, seatKey, seatsKey, TTL_S } from "./room_log.ts";
import { CLAIM, PUT } from "./seat_scripts.ts";
import { SeatRecord } from "./seat_record.ts";

/** A record that was read, and the fence it stood under. */
export interface HeldRecord {
  readonly fence: number;
  readonly record: SeatRecord;
}

/**
 * How a seat is taken from the gateway that had it: `resume` takes its place on Janus too, `rejoin` leaves that, and
 * gets another.
 */
export const CLAIM_KINDS = ["resume", "rejoin"] as const;
export type ClaimKind = typeof CLAIM_KINDS[number];

/**
 * The seats of all gateways, in Redis, each under the fence of whoever has it: every claim makes it higher, and a lower
 * one changes nothing any more. Every call throws AppError `unavailable` when Redis is away.
 */
export class SeatRecords {
  constructor(
    private readonly options: {
      readonly redis: RedisConnection;
      readonly roomLog: RoomLog;
      readonly gatewayId: string;
      /** How long (ms) a record outlives the last time it was put. */
      readonly ttlMs: number;
    },
  ) {}

  /**
   * Keeps a seat's record for another while. False when another gateway has the seat.
   *
   * @param enter Enter it in the room's seats too, if it is missing: Redis may have lost its data.
   */
  async put(record: SeatRecord, fence: number, enter: boolean): Promise<boolean> {
    const { redis, roomLog, gatewayId, ttlMs } = this.options;
    const { roomId, participant } = record;
    const keys = [seatKey(participant.id), seatsKey(roomId)];
    const entry = enter ? roomLog.entry(participant) : "";
    const values = [fence, gatewayId, JSON.stringify(record), ttlMs, participant.id, entry, TTL_S];
    return await onRedis(() => redis.client.eval(PUT, 2, ...keys, ...values)) === 1;
  }

  /** What is known of a seat; null when it is nobody's, or cannot be read. */
  async read(seat: string): Promise<HeldRecord | null> {
    const [fence, text] = await onRedis(() =>
      this.options.redis.client.hmget(seatKey(seat), "fence", "record")
    );
    if (typeof fence !== "string" || typeof text !== "string") return null;
    const record = SeatRecord.safeParse(parseJson(text));
    return record.success ? { fence: Number(fence), record: record.data } : null;
  }

  /** Takes a seat that was read over; gives the new fence, or null when somebody was faster. */
  async claim(seat: string, { fence }: HeldRecord, kind: ClaimKind): Promise<number | null> {
    const { redis, gatewayId, ttlMs } = this.options;
    const claimed = z.number().parse(
      await onRedis(() =>
        redis.client.eval(CLAIM, 1, seatKey(seat), fence, gatewayId, ttlMs, seat, kind)
      ),
    );
    return claimed === 0 ? null : claimed;
  }

  /** Gives a seat up and tells that it was left. False when another gateway has it. */
  async end(room: RoomId, seat: string, fence: number): Promise<boolean> {
    return await this.options.roomLog.end(room, seat, fence);
  }
}

/** The channel on which a gateway is told of seats that were taken from it, as `{kind} {fence} {seat}`. */
export function claimedChannel(gatewayId: string): string {
  return `seats:claimed:${gatewayId}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
