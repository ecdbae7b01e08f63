import type { LiveMeta } from "../contracts/room.ts";
import type { Log } from "../platform/log.ts";
import type { Running } from "../platform/lifecycle.ts";
import { backoffMs } from "../platform/backoff.ts";
import { count } from "../platform/metrics.ts";
import { inTrace } from "../platform/trace.ts";

export interface ReconcilerOptions {
  /**
   * Makes the world fit the wish for one key, whatever happened before. Returns the ms after which to look
   * again, or null for not until something changes. A throw means: try again after a backoff.
   */
  readonly reconcile: (key: string, signal: AbortSignal) => Promise<number | null>;
  readonly log: Log;
  /** The room's broadcast, of whose trace each look is a part, and whose epoch lines about it say. Default: none. */
  readonly live?: (key: string) => Pick<LiveMeta, "epoch" | "traceparent"> | null;
  /** How many keys at once. Default 16. */
  readonly concurrency?: number;
}

interface KeyState {
  running: boolean;
  /** Asked for again while running. */
  dirty: boolean;
  failures: number;
  timer: ReturnType<typeof setTimeout> | undefined;
}

/** Runs `reconcile` for keys (ids of rooms) that may have changed: one run at a time per key, failures back off. */
export class Reconciler implements Running {
  readonly #keys = new Map<string, KeyState>();
  readonly #ready: string[] = [];
  readonly #abort = new AbortController();
  readonly #runs = new Set<Promise<void>>();

  constructor(private readonly options: ReconcilerOptions) {}

  /** Look at this key again, soon. */
  enqueue(key: string): void {
    if (this.#abort.signal.aborted) return;
    const state = this.#keys.get(key) ??
      { running: false, dirty: false, failures: 0, timer: undefined };
    this.#keys.set(key, state);
    clearTimeout(state.timer);
    state.timer = undefined;
    if (state.running) {
      state.dirty = true;
    } else if (!this.#ready.includes(key)) {
      this.#ready.push(key);
      this.#fill();
    }
  }

  /** Stops taking keys and waits for the runs under way. */
  async stop(): Promise<void> {
    this.#abort.abort(new Error("The reconciler was stopped"));
    for (const { timer } of this.#keys.values()) clearTimeout(timer);
    await Promise.all(this.#runs);
  }

  #fill(): void {
    const { concurrency = 16 } = this.options;
    while (this.#runs.size < concurrency && !this.#abort.signal.aborted) {
      const key = this.#ready.shift();
      if (key === undefined) return;
      const run = this.#run(key).finally(() => {
        this.#runs.delete(run);
        this.#fill();
      });
      this.#runs.add(run);
    }
  }

  async #run(key: string): Promise<void> {
    const state = this.#keys.get(key);
    if (!state) return;
    state.running = true;
    state.dirty = false;
    const live = this.options.live?.(key) ?? null;
    const again = await inTrace(live?.traceparent, () => this.#look(key, state, live?.epoch));
    state.running = false;
    if (this.#abort.signal.aborted) return;
    if (state.dirty) this.enqueue(key);
    else if (again !== null) state.timer = setTimeout(() => this.enqueue(key), again);
    else if (state.failures === 0) this.#keys.delete(key);
  }

  /** @returns In how many ms to look again. */
  async #look(key: string, state: KeyState, epoch: number | undefined): Promise<number | null> {
    try {
      const again = await this.options.reconcile(key, this.#abort.signal);
      state.failures = 0;
      return again;
    } catch (err) {
      const failures = state.failures += 1;
      count("roomcast_reconcile_failures_total", {});
      const level = failures === 1 ? "warn" : "debug";
      this.options.log[level]({ err, room: key, epoch, failures }, "reconcile failed");
      return backoffMs(failures, { maxMs: 5000 });
    }
  }
}
