import type { Log } from "../platform/log.ts";
import type { Running } from "../platform/lifecycle.ts";
import { backoffMs, sleep } from "../platform/backoff.ts";
import { count } from "../platform/metrics.ts";
import { unlessAborted } from "../platform/unless_aborted.ts";
import type { Change, Entry, Listing, Store } from "./store.ts";
import { WatchLag } from "./watch_lag.ts";

export interface InformerOptions {
  readonly store: Store;
  readonly prefix: string;
  /** A key may have changed: look again. Also called for each key on every listing that changed it. */
  readonly onChange: (key: string) => void;
  readonly log: Log;
  /** How often (ms) everything is listed again, watch or no watch. Default 30 000. */
  readonly relistMs?: number;
}

/**
 * A local copy of all keys under a prefix: listed, then watched, and listed again on every error and on a timer,
 * so that a lost event costs at most one round. Only a copy that is {@link synced} may be taken as complete.
 */
export class Informer implements Running {
  readonly #entries = new Map<string, Entry>();
  /** Keys seen deleted since the last listing, so that an older put told late cannot bring one back. */
  readonly #gone = new Map<string, bigint>();
  readonly #abort = new AbortController();
  #synced = false;
  #revision = 0n;
  #reachable = false;
  #rollbacks = 0;
  #loop: Promise<void> | undefined;
  #relist: () => void = () => {};
  readonly #lag: WatchLag;
  readonly #firstSync = Promise.withResolvers<void>();

  constructor(private readonly options: InformerOptions) {
    this.#lag = new WatchLag(options.prefix);
  }

  /** Whether a full listing has been seen since the start. */
  get synced(): boolean {
    return this.#synced;
  }

  /** Whether the last listing or watch went well: false while the store is away. */
  get reachable(): boolean {
    return this.#reachable;
  }

  /** How often the store was found to have gone back in time: what it says then is not what had been. */
  get rollbacks(): number {
    return this.#rollbacks;
  }

  get(key: string): Entry | null {
    return this.#entries.get(key) ?? null;
  }

  entries(): IterableIterator<Entry> {
    return this.#entries.values();
  }

  /** Starts; resolves after the first full listing. Rejects only when stopped before it. */
  start(): Promise<void> {
    this.#loop ??= this.#run();
    return this.#firstSync.promise;
  }

  async stop(): Promise<void> {
    this.#abort.abort(new Error("The informer was stopped"));
    await this.#loop;
  }

  /** Lists everything again, now. */
  relist(): void {
    this.#relist();
  }

  /** Takes in a write of our own at once, instead of waiting for the watch to tell. */
  learn(change: Change): void {
    this.#lag.wrote(change.modRevision);
    this.#apply(change);
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    for (let failures = 0; !signal.aborted;) {
      try {
        await this.#listAndWatch(signal);
        failures = 0;
      } catch (err) {
        if (signal.aborted) break;
        failures += 1;
        this.#reachable = false;
        count("roomcast_watch_breaks_total", { prefix: this.options.prefix });
        if (failures === 1) {
          this.options.log.warn(
            { err, prefix: this.options.prefix },
            "etcd is away; will list again",
          );
        }
        await sleep(backoffMs(failures, { maxMs: 2000 }), signal).catch(() => {});
      }
    }
    this.#firstSync.promise.catch(() => {});
    this.#firstSync.reject(signal.reason);
  }

  /** One round: list, watch until the relist timer rings; throws when the watch breaks. */
  async #listAndWatch(signal: AbortSignal): Promise<void> {
    const { store, prefix, relistMs = 30_000 } = this.options;
    // What is learned while the listing is under way may be newer than it.
    const known = this.#revision;
    const listing = await unlessAborted(store.list(prefix), signal);
    const rolledBack = listing.revision < known;
    if (rolledBack) {
      this.#rollbacks += 1;
      this.options.log.error({ prefix }, "etcd went back in time: taking its word for all keys");
    }
    this.#replaceAll(listing, rolledBack);
    this.#lag.forget();
    this.#reachable = true;
    this.#synced = true;
    this.#firstSync.resolve();
    const round = new AbortController();
    const asked = Promise.withResolvers<void>();
    this.#relist = asked.resolve;
    const broken = Promise.withResolvers<never>();
    broken.promise.catch(() => {});
    const watch = await store.watch(prefix, listing.revision + 1n, {
      onChange: (change) => {
        this.#lag.told(change.modRevision);
        this.#apply(change);
      },
      onBroken: (cause) => broken.reject(cause ?? new Error("The watch broke")),
    });
    try {
      await Promise.race([
        sleep(relistMs, AbortSignal.any([signal, round.signal])),
        broken.promise,
        asked.promise,
      ]);
    } finally {
      round.abort();
      await watch.stop();
    }
  }

  #replaceAll({ entries, revision }: Listing, rolledBack: boolean): void {
    const isNewer = (known: bigint | undefined) =>
      known !== undefined && known > revision && !rolledBack;
    if (!isNewer(this.#revision)) this.#revision = revision;
    for (const [key, goneAt] of this.#gone) if (!isNewer(goneAt)) this.#gone.delete(key);
    const seen = new Set(entries.map((entry) => entry.key));
    for (const entry of entries) {
      const known = this.#entries.get(entry.key);
      // A store that went back in time gives a revision twice, with another value.
      if (known?.modRevision === entry.modRevision && known.value === entry.value) continue;
      if (isNewer(known?.modRevision) || this.#gone.has(entry.key)) continue;
      this.#entries.set(entry.key, entry);
      this.options.onChange(entry.key);
    }
    for (const [key, known] of this.#entries) {
      if (seen.has(key) || isNewer(known.modRevision)) continue;
      this.#entries.delete(key);
      this.options.onChange(key);
    }
  }

  #apply({ key, value, modRevision }: Change): void {
    const known = this.#entries.get(key)?.modRevision ?? this.#gone.get(key);
    if (known !== undefined && known >= modRevision) return;
    if (modRevision > this.#revision) this.#revision = modRevision;
    if (value === null) {
      this.#entries.delete(key);
      this.#gone.set(key, modRevision);
    } else this.#entries.set(key, { key, value, modRevision });
    this.options.onChange(key);
  }
}
