import { AppError } from "../contracts/errors.ts";
import type { DeliveryDirectives } from "../contracts/hls.ts";
import { FRAME_MS, PRE_ROLL_SEGMENTS, SEGMENT_FRAMES } from "../contracts/media_clock.ts";
import { FrameGrid, type GridCounts } from "./frame_grid.ts";
import { HELD_SEGMENTS, LISTED_SEGMENTS } from "./listing.ts";
import { type Part, PartLog } from "./part_log.ts";
import { mediaPlaylist, nextPart, type PlaylistLive, TARGET_DURATION_S } from "./playlist.ts";
import { concat } from "./mp4.ts";
import { Rounds, type Turn } from "./rounds.ts";

export interface LiveStreamOptions {
  readonly live: PlaylistLive;
  /** The raw AAC frame that stands for silence. */
  readonly silence: Uint8Array<ArrayBuffer>;
  /** Unix time in ms, steady (see MediaWall). */
  readonly now: () => number;
  /** Gives the raw AAC frames that the source has written since it was last asked. */
  readonly source?: () => readonly Uint8Array<ArrayBuffer>[];
  /** Told once, when the first part with a frame of the source is published. */
  readonly onSound?: () => void;
  /** Told of each part how long (ms) after the end of its media time it was there; not of those of the past. */
  readonly onPart?: (lateMs: number) => void;
  /** The rounds in which the stream is looked after. Default: some of its own. */
  readonly rounds?: Rounds;
}

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
  readonly #turn: Turn;
  /** When the source was last asked for its frames, as a wall position. */
  #askedAt: number;
  /** A broadcast is never younger than its zero: a clock that says so is behind, by this much (ms). */
  readonly #clockBehind: number;
  #stopped = false;
  #ended = false;
  #sounded = false;
  /** Slots of silence that stand for the time before this stream began, and before its first sound. */
  #silentBefore = { start: Infinity, sound: Infinity };

  constructor(private readonly options: LiveStreamOptions) {
    const { live, silence, rounds = new Rounds() } = options;
    this.#log = new PartLog({
      mediaSequence: live.mediaSequence,
      partFrames: live.partFrames,
      silence,
      keepSegments: HELD_SEGMENTS,
    });
    this.#clockBehind = Math.max(0, live.startedAt - options.now());
    const segmentNow = Math.floor(this.#wall() / SEGMENT_FRAMES);
    const first = (segmentNow - PRE_ROLL_SEGMENTS) * SEGMENT_FRAMES;
    this.#grid = new FrameGrid(first, (index, frame) => this.#fill(index, frame));
    this.#askedAt = this.#wall();
    this.#grid.tick(this.#askedAt);
    this.#silentBefore.start = this.#grid.counts.silent;
    this.#turn = rounds.add(() => this.tick());
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

  /** Of the silent slots: those between this stream's begin and its first sound, and those since. */
  get silence(): { readonly starting: number; readonly live: number } {
    const { silent } = this.#grid.counts;
    const { start, sound } = this.#silentBefore;
    return { starting: Math.min(silent, sound) - start, live: Math.max(0, silent - sound) };
  }

  /** The source is new: its first frames may come as a burst. */
  newSource(): void {
    this.#grid.newSource();
    this.#turn.soon();
  }

  /** The source is gone: silence stands in at once, so that no listener waits for what will not come. */
  sourceLost(): void {
    this.tick();
    this.#grid.sourceLost();
    this.#turn.soon();
  }

  /**
   * Takes what the source has given, and fills what is due and missing. Called in the rounds; tests with a clock of
   * theirs may call it too.
   *
   * @returns How long (ms) until there is something to do again.
   */
  tick(): number {
    if (this.#stopped) return Infinity;
    const wall = this.#wall();
    this.#take(wall);
    this.#grid.tick(wall);
    const dueIn = this.#grid.nextTick(this.options.live.partFrames) - wall;
    const wantedIn = this.options.source ? this.#grid.rest(this.options.live.partFrames) : Infinity;
    return Math.min(dueIn, wantedIn) * FRAME_MS;
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
      segments: this.#log.segments.slice(-LISTED_SEGMENTS),
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
    this.#turn.end();
  }

  /** Frames found together came one after the other since the source was last asked; the last of them, just now. */
  #take(wall: number): void {
    const frames = this.options.source?.() ?? [];
    const asked = this.#askedAt;
    this.#askedAt = wall;
    for (const [index, frame] of frames.entries()) {
      this.#grid.push(frame, Math.max(wall - (frames.length - 1 - index), asked));
    }
  }

  #wall(): number {
    const { now, live } = this.options;
    return (now() + this.#clockBehind - live.startedAt) / FRAME_MS;
  }

  #fill(index: number, frame: Uint8Array<ArrayBuffer> | null): void {
    if (!this.#log.fill(index, frame)) return;
    const { onPart } = this.options;
    if (onPart && this.#silentBefore.start !== Infinity) {
      onPart((this.#wall() - index - 1) * FRAME_MS);
    }
    if (!this.#sounded && (this.#log.segments.at(-1)?.parts.at(-1)?.sourceFrames ?? 0) > 0) {
      this.#sounded = true;
      this.#silentBefore.sound = this.#grid.counts.silent;
      this.options.onSound?.();
    }
    this.#wake();
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
