import { FRAME_MS } from "../../contracts/media_clock.ts";

/** Counts the frames of one FFmpeg, and knows about when the last of them was written. Times are ms, monotonic. */
export class FrameCount {
  #count = 0;
  #readAt: number;
  #lastAt: number;

  /** @param startedAt When FFmpeg was started. */
  constructor(startedAt: number) {
    this.#readAt = startedAt;
    this.#lastAt = startedAt;
  }

  get count(): number {
    return this.#count;
  }

  /** When the last frame was written, as far as can be told; before the first, when FFmpeg was started. */
  get lastAt(): number {
    return this.#lastAt;
  }

  /** As many were read now: written since the last read, and no slower than sound is made. */
  add(frames: number, now: number): void {
    if (frames > 0) {
      const steady = Math.min(this.#lastAt + frames * FRAME_MS, now);
      this.#lastAt = Math.max(steady, this.#readAt);
    }
    this.#count += frames;
    this.#readAt = now;
  }
}
