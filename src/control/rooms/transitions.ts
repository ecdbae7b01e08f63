import type { LiveId, NodeId } from "../../contracts/ids.ts";
import { firstMediaSequence, nextMediaSequence, segmentsIn } from "../../contracts/media_clock.ts";
import type { PartFrames, RoomMeta } from "../../contracts/room.ts";
import type { VersionedRoom } from "../../coordination/rooms.ts";
import type { RoomWrites } from "./room_writer.ts";

/**
 * How long (ms) a mixer may go on after the stop was written: it hears of it by watch, and its clock and ours may
 * differ. The numbers it uses meanwhile are kept from the next broadcast.
 */
export const STOP_SLACK_MS = 5000;

/** What a start chooses. */
export interface StartChoice {
  readonly liveId: LiveId;
  readonly janusId: NodeId;
  readonly mixerId: NodeId;
  readonly standbyId: NodeId | null;
  readonly partFrames: PartFrames;
  /** Media time's zero, Unix time in ms. */
  readonly startedAt: number;
  /** The span of the start, if it is traced. */
  readonly traceparent?: string | undefined;
}

/** A room that is not live goes live: the next epoch, and numbers above all that it has used. */
export function startWrites(
  room: VersionedRoom,
  meta: RoomMeta,
  { startedAt, ...choice }: StartChoice,
): RoomWrites {
  const epoch = meta.epoch + 1;
  const live = meta.lives + 1;
  const least = leastMediaSequence(room, meta, startedAt);
  const mediaSequence = firstMediaSequence(startedAt, least);
  return {
    meta: { ...meta, epoch, lives: live },
    livemeta: {
      status: "onair",
      ...{ epoch, live, startedAt, mediaSequence },
      ...choice,
    },
  };
}

/** A room is live no more. Null when it was not. */
export function stopWrites(room: VersionedRoom, meta: RoomMeta, now: number): RoomWrites | null {
  if (room.revisions.livemeta === 0n) return null;
  return {
    meta: { ...meta, nextMediaSequence: leastMediaSequence(room, meta, now) },
    livemeta: null,
  };
}

/**
 * A new room. An id used before may have left traces behind: a broadcast that nobody owns ends here, and the epoch
 * begins above any that its nodes may still write.
 */
export function createWrites(
  room: VersionedRoom,
  given: Pick<
    RoomMeta,
    "id" | "title" | "owner" | "pinHash" | "createdAt" | "redundancy" | "access"
  >,
): RoomWrites {
  const epochs = [room.livemeta, room.janus, room.mixer, room.standby].map((part) =>
    part?.epoch ?? 0
  );
  return {
    meta: {
      ...given,
      epoch: Math.max(...epochs),
      lives: 0,
      nextMediaSequence: room.livemeta
        ? nextMediaSequence(room.livemeta, given.createdAt + STOP_SLACK_MS)
        : 0,
    },
    ...(room.revisions.livemeta === 0n ? {} : { livemeta: null }),
  };
}

/**
 * The least media sequence number that no broadcast of the room has used. Of a broadcast whose livemeta cannot be
 * read it is only known that it went by the wall clock.
 */
function leastMediaSequence(room: VersionedRoom, meta: RoomMeta, now: number): number {
  if (room.revisions.livemeta === 0n) return meta.nextMediaSequence;
  const live = room.livemeta ?? { startedAt: now, mediaSequence: segmentsIn(now) };
  return Math.max(meta.nextMediaSequence, nextMediaSequence(live, now + STOP_SLACK_MS));
}
