import { AppError } from "../../contracts/errors.ts";
import type { DeliveryDirectives } from "../../contracts/hls.ts";
import {
  FRAME_MS,
  PRE_ROLL_SEGMENTS,
  SEGMENT_FRAMES,
  SEGMENT_MS,
} from "../../contracts/media_clock.ts";
import { FrameGrid, type GridCounts } from "./frame_grid.ts";
import { type Part, PartLog } from "./part_log.ts";
import { mediaPlaylist, nextPart, type PlaylistLive, TARGET_DURATION_S } from "./playlist.ts";
import { concat } from "./mp4.ts";
import { Rounds } from "./rounds.ts";

export interface LiveStreamOptions {
  readonly live: PlaylistLive;
  /** The raw AAC frame that stands for silence. */
  readonly silence: Uint8Array<ArrayBuffer>;
  /** Unix time in ms, steady (see MediaWall). */
  readonly now: () => number;
  /** Told once, when the first part with a frame of the source is published. */
  readonly onSound?: () => void;
  /** Looks after the stream while frames come. Default: rounds of its own. */
  readonly rounds?: Rounds;
}

/** Segments listed in the playlist: over twice what delta updates need. */
const LISTED_SEGMENTS = 12;
/** Segments held: one that left the playlist can be had for as long as a playlist and it last (RFC 8216bis §6.2.2). */
const HELD_SEGMENTS = 2 * (LISTED_SEGMENTS + 1) + 1;
/** A blocked request is answered after this long (ms) whatever happens (RFC 8216bis §6.2.5.2). */
const MAX_BLOCK_MS = 3 * TARGET_DURATION_S * 1000;

interface Waiter {
  readonly ready: () => boolean;
  readonly wake: () => void;
  readonly fail: (error: AppError) => void;
}

/**
 * One broadcast of one room on this mixer: frames in, playlists and parts out. It moves on in real time whatever
 * its source does, and holds everything it serves in memory.
 */
export class LiveStream {
  readonly #log: PartLog;
  readonly #grid: FrameGrid;
  readonly #waiters = new Set<Waiter>();
  readonly #leaveRounds: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;
  #ended = false;
  #sounded = false;

  constructor(private readonly options: LiveStreamOptions) {
    const { live, silence, rounds = new Rounds() } = options;
    this.#log = new PartLog({
      mediaSequence: live.mediaSequence,
      partFrames: live.partFrames,
      silence,
      keepSegments: HELD_SEGMENTS,
    });
    const segmentNow = Math.floor((options.now() - live.startedAt) / SEGMENT_MS);
    const first = (Math.max(segmentNow, 0) - PRE_ROLL_SEGMENTS) * SEGMENT_FRAMES;
    this.#grid = new FrameGrid(first, (index, frame) => this.#fill(index, frame));
    this.#leaveRounds = rounds.add(() => this.#lookForLack());
    this.tick();
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Whether frames are coming now. */
  get flowing(): boolean {
    return this.#grid.flowing;
  }

  get counts(): Readonly<GridCounts> {
    return this.#grid.counts;
  }

  /** The source is new: its first frames may come as a burst. */
  newSource(): void {
    this.#grid.newSource();
  }

  /** The source is gone: silence stands in at once, so that no listener waits for what will not come. */
  sourceLost(): void {
    this.#grid.sourceLost();
    this.tick();
  }

  /** Takes a raw AAC frame of the source. */
  push(frame: Uint8Array<ArrayBuffer>): void {
    if (this.#stopped) return;
    const flowing = this.#grid.flowing;
    this.#grid.push(frame, this.#wall());
    if (!flowing) this.#schedule();
  }

  /** Fills what is due. Called by a timer of its own; tests with a clock of theirs may call it too. */
  tick(): void {
    if (this.#stopped) return;
    this.#grid.tick(this.#wall());
    this.#schedule();
  }

  /** Ends the broadcast: the part being built is finished with silence, and everyone waiting hears ENDLIST. */
  end(): void {
    if (this.#ended) return;
    this.#halt();
    let index = this.#grid.next;
    for (let missing = this.#log.missingInPart; missing > 0; missing--) {
      this.#log.fill(index++, null);
    }
    this.#log.end();
    this.#ended = true;
    this.#wake();
  }

  /** Stops the stream where it is, without an end for its listeners: who waits for more hears `unavailable`. */
  stop(): void {
    this.#halt();
    for (const waiter of this.#waiters) waiter.fail(letGo());
  }

  /**
   * The media playlist, when it holds what the directives ask for.
   *
   * @throws AppError `invalid_params` for a media sequence number too far ahead; `unavailable` when the part did
   *   not come in three target durations, or the stream was stopped.
   */
  async playlist({ msn, part, skip }: DeliveryDirectives): Promise<string> {
    if (msn !== null && !this.#ended) {
      const next = nextPart(this.options.live, this.#log.segments);
      if (msn > next.msn + 1) {
        throw new AppError(
          "invalid_params",
          `_HLS_msn is too far ahead: the next one is ${next.msn}`,
        );
      }
      await this.#until(() => this.#holds(msn, part));
    }
    return mediaPlaylist({
      live: this.options.live,
      segments: this.#log.segments.slice(-LISTED_SEGMENTS - 1),
      ended: this.#ended,
      skip,
    });
  }

  /** A part, also the one hinted at, once it is there; null when there is none and will be none soon. */
  async part(msn: number, index: number): Promise<Part | null> {
    const find = () => this.#log.segment(msn)?.parts[index] ?? null;
    const next = nextPart(this.options.live, this.#log.segments);
    if (msn === next.msn && index === next.part && !this.#ended) {
      await this.#until(() => find() !== null);
    }
    return find();
  }

  /** A whole segment, or null. */
  segment(msn: number): Uint8Array<ArrayBuffer> | null {
    const segment = this.#log.segment(msn);
    return segment?.complete ? concat(segment.parts.map(({ bytes }) => bytes)) : null;
  }

  #halt(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #wall(): number {
    return (this.options.now() - this.options.live.startedAt) / FRAME_MS;
  }

  #fill(index: number, frame: Uint8Array<ArrayBuffer> | null): void {
    if (!this.#log.fill(index, frame)) return;
    if (!this.#sounded && (this.#log.segments.at(-1)?.parts.at(-1)?.sourceFrames ?? 0) > 0) {
      this.#sounded = true;
      this.options.onSound?.();
    }
    this.#wake();
  }

  /** Silence is due to the moment; while frames come, the rounds find soon enough that they ceased. */
  #schedule(): void {
    clearTimeout(this.#timer);
    if (this.#grid.flowing) return;
    const dueIn = (this.#nextTick() - this.#wall()) * FRAME_MS;
    this.#timer = setTimeout(() => this.tick(), Math.max(1, Math.ceil(dueIn)));
  }

  #lookForLack(): void {
    if (this.#grid.flowing && this.#wall() >= this.#nextTick()) this.tick();
  }

  #nextTick(): number {
    return this.#grid.nextTick(this.options.live.partFrames);
  }

  /** RFC 8216bis §6.2.5.2: a part past the segment's last one means the first of the next segment. */
  #holds(msn: number, part: number | null): boolean {
    if (this.#ended) return true;
    const next = nextPart(this.options.live, this.#log.segments);
    if (part === null) return next.msn > msn;
    const perSegment = SEGMENT_FRAMES / this.options.live.partFrames;
    const wanted = part < perSegment ? { msn, part } : { msn: msn + 1, part: 0 };
    return next.msn > wanted.msn || (next.msn === wanted.msn && next.part > wanted.part);
  }

  async #until(ready: () => boolean): Promise<void> {
    if (ready()) return;
    if (this.#stopped) throw letGo();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter: Waiter = { ready: () => this.#ended || ready(), wake: resolve, fail: reject };
    const timer = setTimeout(
      () =>
        reject(new AppError("unavailable", "The part did not come in time", { retryAfterS: 1 })),
      MAX_BLOCK_MS,
    );
    this.#waiters.add(waiter);
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      this.#waiters.delete(waiter);
    }
  }

  #wake(): void {
    for (const waiter of this.#waiters) if (waiter.ready()) waiter.wake();
  }
}

function letGo(): AppError {
  return new AppError("unavailable", "This mixer has let go of the broadcast", { retryAfterS: 1 });
}
