import type { Log } from "../platform/log.ts";
import type { Running } from "../platform/lifecycle.ts";
import { Informer } from "./informer.ts";
import type { Store } from "./store.ts";

export interface WatchedOptions {
  readonly store: Store;
  readonly log: Log;
  /** How often (ms) all is listed again. */
  readonly relistMs?: number;
}

/** The keys under one prefix, from memory, and who wants to know of changes; what a key is about is for the heir to say. */
export abstract class WatchedPrefix<About extends readonly unknown[]> implements Running {
  protected readonly informer: Informer;
  readonly #listeners = new Set<(...about: About) => void>();

  constructor(prefix: string, protected readonly options: WatchedOptions) {
    this.informer = new Informer({
      ...options,
      prefix,
      onChange: (key) => {
        const about = this.changed(key);
        if (about === null) return;
        for (const listener of this.#listeners) listener(...about);
      },
    });
  }

  /** A key came, changed or went: takes note, and says what it is about; null: of nothing that is ours. */
  protected abstract changed(key: string): About | null;

  /** Resolves after the first full listing. */
  start(): Promise<void> {
    return this.informer.start();
  }

  stop(): Promise<void> {
    return this.informer.stop();
  }

  /** Whether "absent" can be believed. */
  get synced(): boolean {
    return this.informer.synced;
  }

  /** Null when etcd answers; else why not, in words. */
  unhealthy(): string | null {
    return this.informer.reachable ? null : "etcd cannot be reached";
  }

  /** How often etcd was found to have gone back in time. */
  get rollbacks(): number {
    return this.informer.rollbacks;
  }

  /** Lists everything again, now. */
  relist(): void {
    this.informer.relist();
  }

  /** Calls back with what may have changed. Returns how to end that. */
  onChange(listener: (...about: About) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
