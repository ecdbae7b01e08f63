import type { Store } from "../../coordination/store.ts";
import type { Running } from "../../platform/lifecycle.ts";
import { sleep } from "../../platform/backoff.ts";
import { unlessAborted } from "../../platform/unless_aborted.ts";

/** How often (ms) the store is asked. */
const EVERY_MS = 500;

/** The longest (ms) that may lie between two answers of a store that is there. */
export const SILENCE_MS = 2000;

export interface StorePulseOptions {
  readonly store: Pick<Store, "get">;
  /** Told after every answer, and while none comes; `silentMs` is the time since the last one before. */
  readonly onBeat: (silentMs: number) => void;
  /** A clock that never jumps, in ms. */
  readonly now?: () => number;
}

/**
 * Asks the store for something again and again, to know whether it was there throughout: a watch on a frozen store looks
 * like one on which nothing happens. A process that was frozen itself finds the same silence.
 */
export class StorePulse implements Running {
  readonly #abort = new AbortController();
  readonly #now: () => number;
  #answeredAt: number;
  #loop: Promise<void> | undefined;

  constructor(private readonly options: StorePulseOptions) {
    this.#now = options.now ?? (() => performance.now());
    this.#answeredAt = this.#now();
  }

  /** For how long (ms) the store has not answered. */
  get silentMs(): number {
    return this.#now() - this.#answeredAt;
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    while (!signal.aborted) {
      try {
        await unlessAborted(this.options.store.get("/"), signal);
        const { silentMs } = this;
        this.#answeredAt = this.#now();
        this.options.onBeat(silentMs);
      } catch {
        if (signal.aborted) return;
        this.options.onBeat(this.silentMs);
      }
      await sleep(EVERY_MS, signal).catch(() => {});
    }
  }
}
