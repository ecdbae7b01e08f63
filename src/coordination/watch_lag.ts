import { observe } from "../platform/metrics.ts";

/** The most writes of ours that are waited for; older ones are given up. */
const MOST = 256;

/**
 * Measures how far a watch is behind: from when etcd took a write of ours to when the watch tells of it. Writes of others
 * say nothing, for nobody knows when they were made.
 */
export class WatchLag {
  /** When (ms, monotonic) our writes were taken, by revision, the oldest first. */
  readonly #written = new Map<bigint, number>();
  #told = 0n;

  constructor(private readonly prefix: string, private readonly now = () => performance.now()) {}

  /** etcd took a write of ours. */
  wrote(revision: bigint): void {
    // The watch may be faster than the answer.
    if (revision <= this.#told) return this.#measured(0);
    this.#written.set(revision, this.now());
    const [oldest] = this.#written.keys();
    if (this.#written.size > MOST && oldest !== undefined) this.#written.delete(oldest);
  }

  /** The watch tells of a write, of whomever. */
  told(revision: bigint): void {
    if (revision > this.#told) this.#told = revision;
    const at = this.#written.get(revision);
    if (at === undefined) return;
    this.#written.delete(revision);
    this.#measured(this.now() - at);
  }

  /** All was listed: the watch that follows tells of nothing before. */
  forget(): void {
    this.#written.clear();
    this.#told = 0n;
  }

  #measured(ms: number): void {
    observe("roomcast_watch_lag_seconds", { prefix: this.prefix }, ms / 1000);
  }
}
