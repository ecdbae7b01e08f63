import type { Running } from "../../src/platform/lifecycle.ts";
import {
  type Change,
  type Store,
  StoreError,
  type WatchHandlers,
} from "../../src/coordination/store.ts";

/**
 * What becomes of a commit that is not answered: it never arrived; it took effect at once; it takes effect late, when
 * the caller has given it up.
 */
export type WriteFault = "lost" | "unheard" | "late";

/** A call (ms) takes up to this long there, or back. */
const TRAVEL_MS = 8;
/** A watch whose server fell silent is given up after at most this long (ms). */
const SILENCE_MS = 7000;
/** A call is given up after this long (ms). */
const DEADLINE_MS = 3000;

interface LiveWatch {
  readonly queue: Change[];
  readonly handlers: WatchHandlers;
  readonly recent: Change[];
  timer: ReturnType<typeof setTimeout> | undefined;
  broken: boolean;
}

/** One process's way to the store: calls and news take time, and fail as they do over a network. */
export class FaultyStore implements Store {
  readonly #faults: WriteFault[] = [];
  readonly #watches = new Set<LiveWatch>();
  #away = false;
  #dead = false;
  #lagMs = 0;
  /** How many commits of this process were not answered. */
  unanswered = 0;

  /** @param random Gives numbers in [0, 1). */
  constructor(private readonly store: Store, private readonly random: () => number) {}

  get away(): boolean {
    return this.#away;
  }

  /** The process's next writes meet these faults, one each. */
  fail(...faults: WriteFault[]): void {
    this.#faults.push(...faults);
  }

  /** The way is cut: calls fail, watches fall silent and break in time. */
  cut(): void {
    this.#away = true;
    for (const watch of this.#watches) this.#break(watch, this.random() * SILENCE_MS);
  }

  /** Whatever was cut, slow or to fail is well again. */
  heal(): void {
    this.#away = false;
    this.#lagMs = 0;
    this.#faults.length = 0;
  }

  /** News comes up to so many ms late. */
  lag(ms: number): void {
    this.#lagMs = ms;
  }

  /** Every watch breaks now. */
  breakWatches(): void {
    for (const watch of this.#watches) this.#break(watch, 0);
  }

  /** Every watch tells again what it told last, as one that was connected anew may. */
  replay(): void {
    for (const watch of this.#watches) this.#tell(watch, [...watch.recent]);
  }

  /** The process is gone: it neither gets nor gives anything any more. */
  die(): void {
    this.#dead = true;
    for (const watch of this.#watches) clearTimeout(watch.timer);
    this.#watches.clear();
  }

  /** At once while all is well: it is asked twice a second to know just that. */
  get(key: string) {
    return this.#away || this.#dead ? this.#ask(() => this.store.get(key)) : this.store.get(key);
  }

  list(prefix: string) {
    return this.#ask(() => this.store.list(prefix));
  }

  async commit(...args: Parameters<Store["commit"]>): Promise<bigint | null> {
    const fault = this.#faults.shift();
    if (fault === undefined) {
      return await this.#ask(() => this.store.commit(...args)).catch((cause) => {
        this.unanswered += 1;
        throw cause;
      });
    }
    this.unanswered += 1;
    if (fault === "unheard") await this.#ask(() => this.store.commit(...args));
    if (fault === "late") {
      const lateMs = DEADLINE_MS + this.random() * 2000;
      setTimeout(() => void this.store.commit(...args), lateMs);
    }
    await this.#travel(DEADLINE_MS);
    throw new StoreError("Cannot commit: etcd did not answer");
  }

  async watch(prefix: string, fromRevision: bigint, handlers: WatchHandlers): Promise<Running> {
    const watch: LiveWatch = { queue: [], handlers, recent: [], timer: undefined, broken: false };
    if (this.#dead) return { stop: () => Promise.resolve() };
    this.#watches.add(watch);
    if (this.#away) this.#break(watch, this.random() * DEADLINE_MS);
    const inner = await this.store.watch(prefix, fromRevision, {
      onChange: (change) => this.#tell(watch, [change]),
      onBroken: () => this.#break(watch, 0),
    });
    return {
      stop: () => {
        watch.broken = true;
        clearTimeout(watch.timer);
        this.#watches.delete(watch);
        return inner.stop();
      },
    };
  }

  #tell(watch: LiveWatch, changes: readonly Change[]): void {
    if (watch.broken || this.#away || this.#dead) return;
    watch.queue.push(...changes);
    watch.timer ??= setTimeout(() => {
      watch.timer = undefined;
      for (const change of watch.queue.splice(0)) {
        watch.recent.push(change);
        if (!watch.broken) watch.handlers.onChange(change);
      }
      watch.recent.splice(0, watch.recent.length - 6);
    }, this.random() * Math.max(TRAVEL_MS, this.#lagMs));
  }

  #break(watch: LiveWatch, inMs: number): void {
    if (watch.broken) return;
    watch.broken = true;
    clearTimeout(watch.timer);
    setTimeout(() => {
      if (this.#watches.delete(watch)) watch.handlers.onBroken(new StoreError("The watch broke"));
    }, inMs);
  }

  /** A call that takes its time on the way there or on the way back: what it reads may be old when it arrives. */
  async #ask<T>(call: () => Promise<T>): Promise<T> {
    const before = this.random() < 0.5;
    if (before) await this.#travel();
    await this.#reached();
    const answer = await call();
    if (!before) await this.#travel();
    await this.#reached();
    return answer;
  }

  async #reached(): Promise<void> {
    if (this.#dead) await new Promise(() => {});
    if (!this.#away) return;
    await this.#travel(this.random() < 0.5 ? 1 : DEADLINE_MS);
    throw new StoreError("Cannot ask: etcd did not answer");
  }

  async #travel(ms = this.random() * TRAVEL_MS): Promise<void> {
    await new Promise<void>((resolve) => {
      setTimeout(resolve, ms);
    });
    if (this.#dead) await new Promise(() => {});
  }
}
