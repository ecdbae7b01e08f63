import type { EdgeSample } from "../../contracts/edge_stats.ts";

/**
 * Counts what an edge gives, for one sample at a time. Nobody's address is kept: each playlist that is asked for stands for
 * somebody who listens until the next one, and these times, added up, are the time that people have listened.
 */
export class Audience {
  #listenedMs = 0;
  #parts = 0;
  #lateSumMs = 0;
  #lateMaxMs = 0;
  #standIns = 0;

  /** A playlist was given that lasts a listener for so long (ms). */
  heard(ms: number): void {
    this.#listenedMs += ms;
  }

  /** A part that somebody waited for came so late (ms). */
  came(lateMs: number): void {
    this.#parts += 1;
    this.#lateSumMs += Math.max(0, lateMs);
    this.#lateMaxMs = Math.max(this.#lateMaxMs, lateMs);
  }

  /** A part of silence was given in place of one that did not come. */
  stoodIn(): void {
    this.#standIns += 1;
  }

  /** What was counted since the last time, in so many ms. */
  take(ms: number): EdgeSample {
    const sample = {
      listeners: ms > 0 ? Math.round(this.#listenedMs / ms * 100) / 100 : 0,
      parts: this.#parts,
      lateSumMs: Math.round(this.#lateSumMs),
      lateMaxMs: Math.round(this.#lateMaxMs),
      standIns: this.#standIns,
    };
    this.#listenedMs =
      this.#parts =
      this.#lateSumMs =
      this.#lateMaxMs =
      this.#standIns =
        0;
    return sample;
  }
}
