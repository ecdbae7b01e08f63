import type { Running } from "../platform/lifecycle.ts";

/** A key as the store holds it. Revisions are etcd's: they grow with every write to the store. */
export interface Entry {
  readonly key: string;
  readonly value: string;
  /** The store's revision at this key's last write. */
  readonly modRevision: bigint;
}

/** A view of all keys under a prefix at one revision. */
export interface Listing {
  readonly entries: readonly Entry[];
  readonly revision: bigint;
}

/** Holds when the key's last write was at this revision; 0 means that the key is absent. */
export interface Guard {
  readonly key: string;
  readonly modRevision: bigint;
}

export type Write =
  | { readonly put: string; readonly value: string }
  | { readonly delete: string };

/** What a watch tells: a write, or that a key is gone (`value` null). */
export interface Change {
  readonly key: string;
  readonly value: string | null;
  readonly modRevision: bigint;
}

export interface WatchHandlers {
  readonly onChange: (change: Change) => void;
  /** The watch is dead and missed things: list again and watch from there. Called once. */
  readonly onBroken: (cause: unknown) => void;
}

/**
 * The coordination store: the part of etcd that Roomcast uses, and nothing else of it.
 * Every call throws {@link StoreError} when the store cannot be reached or does not answer in time.
 */
export interface Store {
  get(key: string): Promise<Entry | null>;
  list(prefix: string): Promise<Listing>;
  /**
   * Writes all, or nothing when a guard does not hold. At least one guard must be given.
   *
   * @returns The new revision, or null when a guard did not hold.
   */
  commit(guards: readonly Guard[], writes: readonly Write[]): Promise<bigint | null>;
  /** Tells of every change under the prefix from `fromRevision` on. */
  watch(prefix: string, fromRevision: bigint, handlers: WatchHandlers): Promise<Running>;
}

/** The store could not be asked; a write may or may not have happened. */
export class StoreError extends Error {
  override readonly name = "StoreError";
}
