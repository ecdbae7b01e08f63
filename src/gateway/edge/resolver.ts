import { AppError } from "../../contracts/errors.ts";
import type { HlsResource } from "../../contracts/hls.ts";
import type { RoomId } from "../../contracts/ids.ts";
import type { LiveMeta } from "../../contracts/room.ts";
import { isUnreadable, type RoomStore } from "../../coordination/rooms.ts";
import type { Running } from "../../platform/lifecycle.ts";
import { type Origin, originsOf } from "./origins.ts";

/** Where a broadcast is served from. */
export interface Target {
  readonly live: LiveMeta;
  /** The mixers that have it, the preferred one first. */
  readonly origins: readonly Origin[];
  /** Unix time in ms at which the broadcast was seen to be over; null while it is on. */
  readonly over: number | null;
}

/** How long (ms) a listener waits for the mixer of a room that is just starting. */
const START_WAIT_MS = 3000;
/** How long (ms) one waits whose room is not live by what is known here: whoever started it may know sooner. */
const NEWS_WAIT_MS = 300;
/** How long (ms) a broadcast that ended is still served, so that every listener hears its end. */
const LINGER_MS = 30_000;

/**
 * Finds the mixers of a room from etcd's keys, and remembers where a broadcast that just ended was. While etcd is away
 * it goes on with what it knows.
 */
export class OriginResolver implements Running {
  /** The last target of each room, kept until the broadcast is over and its linger has passed. */
  readonly #known = new Map<RoomId, Target>();
  readonly #waiting = new Map<RoomId, Set<() => void>>();
  readonly #unsubscribe: () => void;
  readonly #sweep: ReturnType<typeof setInterval>;

  constructor(private readonly rooms: RoomStore) {
    this.#unsubscribe = rooms.onChange((id) => this.#learn(id));
    for (const id of rooms.ids()) this.#learn(id);
    this.#sweep = setInterval(() => this.#forget(Date.now()), LINGER_MS);
  }

  stop(): Promise<void> {
    this.#unsubscribe();
    clearInterval(this.#sweep);
    return Promise.resolve();
  }

  /**
   * The origins for a resource of a room. Waits for the mixer of a room that is starting, and for the news that one is.
   *
   * @throws AppError `room_not_found`, `room_not_live`, `room_over`, or `unavailable` while etcd has not been read.
   */
  async resolve(id: RoomId, resource: HlsResource): Promise<Target> {
    const liveId = "liveId" in resource ? resource.liveId : null;
    const begunAt = performance.now();
    for (;;) {
      const target = this.find(id, liveId);
      if (target) return target;
      const limitMs = this.rooms.get(id).livemeta ? START_WAIT_MS : NEWS_WAIT_MS;
      const leftMs = begunAt + limitMs - performance.now();
      if (liveId !== null || !this.rooms.synced || leftMs <= 0) throw this.#absent(id);
      await this.#change(id, leftMs);
    }
  }

  /** What is known of a room's broadcast now; null: nothing, or nothing any more. */
  find(id: RoomId, liveId: string | null): Target | null {
    const known = this.#known.get(id);
    if (!known || (liveId !== null && known.live.liveId !== liveId)) return null;
    const live = this.rooms.get(id).livemeta;
    // A new broadcast is starting: the last one's playlist would be yesterday's.
    if (liveId === null && live && live.liveId !== known.live.liveId) return null;
    return known.over === null || Date.now() - known.over < LINGER_MS ? known : null;
  }

  #absent(id: RoomId): AppError {
    if (!this.rooms.synced) {
      return new AppError("unavailable", "The state of rooms has not been read yet", {
        retryAfterS: 1,
      });
    }
    const { meta, livemeta } = this.rooms.get(id);
    if (livemeta) {
      return new AppError("room_not_live", `Room ${id} is starting; try again in a moment`, {
        retryAfterS: 1,
      });
    }
    if (meta === null) return new AppError("room_not_found", `There is no room ${id}`);
    return meta.lives > 0
      ? new AppError("room_over", `The broadcast of room ${id} is over`)
      : new AppError("room_not_live", `Room ${id} has not been live yet`, { retryAfterS: 2 });
  }

  #learn(id: RoomId): void {
    this.#look(id);
    for (const wake of this.#waiting.get(id) ?? []) wake();
  }

  #look(id: RoomId): void {
    const room = this.rooms.get(id);
    if (isUnreadable(room)) return;
    const known = this.#known.get(id);
    if (room.livemeta === null) {
      if (known && known.over === null) this.#known.set(id, { ...known, over: Date.now() });
      return;
    }
    const live = room.livemeta;
    const same = known?.live.liveId === live.liveId ? known : null;
    // An older epoch is old news.
    if (same && live.epoch < same.live.epoch) return;
    const { named, others } = originsOf(live, room);
    const before = same?.origins ?? others;
    const origins = named.length > 0 ? named : before;
    if (origins.length === 0) return;
    this.#known.set(id, { live, origins, over: null });
  }

  #forget(now: number): void {
    for (const [id, { over }] of this.#known) {
      if (over !== null && now - over > LINGER_MS) this.#known.delete(id);
    }
  }

  /** Waits until something of the room changes, or the time (ms) is over. */
  async #change(id: RoomId, limitMs: number): Promise<void> {
    const waiting = this.#waiting.get(id) ?? new Set();
    this.#waiting.set(id, waiting);
    const { promise, resolve } = Promise.withResolvers<void>();
    waiting.add(resolve);
    const timer = setTimeout(resolve, limitMs);
    await promise;
    clearTimeout(timer);
    waiting.delete(resolve);
    if (waiting.size === 0) this.#waiting.delete(id);
  }
}
