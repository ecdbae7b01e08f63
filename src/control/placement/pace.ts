import type { RoomId } from "../../contracts/ids.ts";
import type { LiveMeta } from "../../contracts/room.ts";

/** A room moves no more often than this many times within {@link PACE_MS}: more than any failure of one machine takes. */
export const MOST_MOVES = 6;
/** See {@link MOST_MOVES}; in ms. */
export const PACE_MS = 10_000;

interface Track {
  readonly liveId: string;
  epoch: number;
  /** When each of the latest moves was seen, oldest first. */
  readonly movedAt: number[];
}

/**
 * Slows down the moves of a room, whoever makes them: two Room Managers of which one sees less than the other would hand
 * it to and fro as fast as etcd can write.
 */
export class Pace {
  readonly #tracks = new Map<RoomId, Track>();

  /** @param now A clock that never jumps, in ms. */
  constructor(private readonly now: () => number) {}

  /** Takes in where a live room is. Returns in how many ms it may be moved again; 0: now. */
  see(id: RoomId, { liveId, epoch }: Pick<LiveMeta, "liveId" | "epoch">): number {
    const now = this.now();
    const known = this.#tracks.get(id);
    if (known?.liveId !== liveId) {
      this.#tracks.set(id, { liveId, epoch, movedAt: [] });
      return 0;
    }
    const { movedAt } = known;
    const moves = Math.min(Math.max(epoch - known.epoch, 0), MOST_MOVES);
    for (let move = 0; move < moves; move++) movedAt.push(now);
    known.epoch = epoch;
    movedAt.splice(0, movedAt.length - MOST_MOVES);
    const [oldest] = movedAt;
    if (oldest === undefined || movedAt.length < MOST_MOVES) return 0;
    return Math.max(0, oldest + PACE_MS - now);
  }

  /** The room is not live. */
  forget(id: RoomId): void {
    this.#tracks.delete(id);
  }
}
