/** How the grid treats frames that come early or late. All figures are in frames (21.33 ms). */
export interface GridTolerance {
  /** How far the grid's edge stays behind the wall when all is well; the room for ordinary jitter. */
  readonly lag: number;
  /** A slot still empty this far behind the wall is filled with silence. */
  readonly patience: number;
  /** A frame that would go this far ahead of the nominal lag is dropped. */
  readonly lead: number;
  /** A new source's frames may lead by this much only, so that its first burst sets no lasting delay. */
  readonly settleLead: number;
}

export const DEFAULT_TOLERANCE: GridTolerance = { lag: 2, patience: 8, lead: 3, settleLead: 1 };

/** The most frames that are left with the source: well under the patience, for a look that is late. */
const MAX_REST = 5;

/** How many frames a source counts as new: half a second. */
const SETTLE_FRAMES = 24;
/** How many frames one look at a lasting offset spans: a second. */
const WINDOW_FRAMES = 47;
/** A source that is early by this much for a whole window loses a frame. */
const EARLY_FRAMES = 1.5;
/** A source that is late by this much for a whole window gets a frame of silence before it. */
const LATE_FRAMES = 3;

/** A slot filled: with a frame of the source, or (null) with silence. */
export type Fill = (index: number, frame: Uint8Array<ArrayBuffer> | null) => void;

export interface GridCounts {
  /** Frames placed. */
  placed: number;
  /** Slots filled with silence. */
  silent: number;
  /** Frames dropped because the grid had no slot for them. */
  dropped: number;
}

/**
 * Puts frames on the grid of media time. Slot i belongs to the 21.33 ms after wall position i; slots are filled in
 * order, each once, with a frame or with silence, so the grid moves on with the wall whatever the source does.
 * Pure of clocks: the wall's position (in frames, fractional) is handed in, never going back.
 */
export class FrameGrid {
  readonly counts: GridCounts = { placed: 0, silent: 0, dropped: 0 };
  #next: number;
  #flowing = false;
  #settling = 0;
  #window = { frames: 0, min: Infinity, max: -Infinity };
  #dropOne = false;

  /** @param first The first slot's index. */
  constructor(
    first: number,
    private readonly fill: Fill,
    private readonly tolerance: GridTolerance = DEFAULT_TOLERANCE,
  ) {
    this.#next = first;
  }

  /** The index of the first empty slot. */
  get next(): number {
    return this.#next;
  }

  /** Whether frames are coming: not yet late beyond patience. */
  get flowing(): boolean {
    return this.#flowing;
  }

  /** A source begins (an FFmpeg was started): what comes next may be a burst. */
  newSource(): void {
    this.#settling = SETTLE_FRAMES;
    this.#dropOne = false;
    this.#resetWindow();
  }

  /** The source is gone for certain: nothing is worth waiting for until the next one. */
  sourceLost(): void {
    this.#flowing = false;
  }

  /** A frame came while the wall was at `wall`. */
  push(frame: Uint8Array<ArrayBuffer>, wall: number): void {
    const { lag, lead, settleLead } = this.tolerance;
    if (!this.#flowing) {
      this.#fillTo(Math.floor(wall - lag));
      this.#flowing = true;
      this.#settling = Math.max(this.#settling, SETTLE_FRAMES);
      this.#resetWindow();
    }
    const allowed = this.#settling > 0 ? settleLead : lead;
    if (this.#settling > 0) this.#settling -= 1;
    const late = wall - lag - this.#next;
    if (late < -allowed || this.#dropOne) {
      this.#dropOne = false;
      this.counts.dropped += 1;
      return;
    }
    this.#place(frame);
    this.#watchOffset(late);
  }

  /** The wall is at `wall`: fills what can be waited for no longer. */
  tick(wall: number): void {
    const { lag, patience } = this.tolerance;
    if (this.#flowing && wall - this.#next > patience) this.#flowing = false;
    if (!this.#flowing) this.#fillTo(Math.floor(wall - lag));
  }

  /** The wall position at which {@link tick} next has something to do, given parts of `partFrames`. */
  nextTick(partFrames: number): number {
    const { lag, patience } = this.tolerance;
    if (this.#flowing) return this.#next + patience + 0.01;
    const partEnd = (Math.floor(this.#next / partFrames) + 1) * partFrames;
    return partEnd + lag + 0.01;
  }

  /**
   * How long (frames) the frames to come may be left with their source, given parts of `partFrames`. Nobody can have a
   * part before its last frame, so those before it may wait for one another: each is a wake-up less. 0: the last one
   * is due any moment, or the source is new and its frames' times matter.
   */
  rest(partFrames: number): number {
    if (!this.#flowing) return 1;
    if (this.#settling > 0) return 0;
    const left = partFrames - this.#next % partFrames;
    return Math.min(left - 1, MAX_REST);
  }

  #place(frame: Uint8Array<ArrayBuffer>): void {
    this.counts.placed += 1;
    this.fill(this.#next++, frame);
  }

  #fillTo(index: number): void {
    while (this.#next < index) {
      this.counts.silent += 1;
      this.fill(this.#next++, null);
    }
  }

  /** A lasting offset (another clock's drift, slack once taken) is given back one frame a second. */
  #watchOffset(late: number): void {
    const window = this.#window;
    window.frames += 1;
    window.min = Math.min(window.min, late);
    window.max = Math.max(window.max, late);
    if (window.frames < WINDOW_FRAMES) return;
    if (window.max < -EARLY_FRAMES) this.#dropOne = true;
    else if (window.min > LATE_FRAMES) this.#fillTo(this.#next + 1);
    this.#resetWindow();
  }

  #resetWindow(): void {
    this.#window = { frames: 0, min: Infinity, max: -Infinity };
  }
}
