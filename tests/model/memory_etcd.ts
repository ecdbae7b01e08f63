import {
  type Change,
  type Entry,
  type Guard,
  type Listing,
  StoreError,
  type Write,
} from "../../src/coordination/store.ts";

/** What one commit changed, as a watch tells it: all its changes have one revision. */
export type Commit = readonly Change[];

export interface Watcher {
  readonly prefix: string;
  readonly onCommit: (changes: Commit) => void;
  readonly onBroken: (cause: unknown) => void;
}

/** All that an etcd holds, to go back to. */
export interface Snapshot {
  readonly revision: bigint;
  readonly compacted: bigint;
  readonly entries: ReadonlyMap<string, Entry>;
  readonly history: readonly Commit[];
}

/** An etcd in memory: keys, revisions, history, watches and compaction; no leases (see LeasedKeys), no network. */
export class MemoryEtcd {
  /** A new etcd is at revision 1. */
  #revision = 1n;
  #compacted = 0n;
  #entries = new Map<string, Entry>();
  #history: Commit[] = [];
  readonly #watchers = new Set<Watcher>();

  get revision(): bigint {
    return this.#revision;
  }

  get(key: string): Entry | null {
    return this.#entries.get(key) ?? null;
  }

  list(prefix: string): Listing {
    const entries = [...this.#entries.values()].filter(({ key }) => key.startsWith(prefix));
    entries.sort((a, b) => a.key < b.key ? -1 : 1);
    return { entries, revision: this.#revision };
  }

  /** As Store.commit; without a guard it always holds. */
  commit(guards: readonly Guard[], writes: readonly Write[]): bigint | null {
    for (const { key, modRevision } of guards) {
      if ((this.#entries.get(key)?.modRevision ?? 0n) !== modRevision) return null;
    }
    const changing = writes.filter((write) => "put" in write || this.#entries.has(write.delete));
    if (changing.length === 0) return this.#revision;
    const modRevision = ++this.#revision;
    const changes = changing.map((write): Change =>
      "put" in write
        ? { key: write.put, value: write.value, modRevision }
        : { key: write.delete, value: null, modRevision }
    );
    for (const { key, value } of changes) {
      if (value === null) this.#entries.delete(key);
      else this.#entries.set(key, { key, value, modRevision });
    }
    this.#history.push(changes);
    for (const watcher of [...this.#watchers]) tell(watcher, changes);
    return modRevision;
  }

  /** Tells of every commit from a revision on, the past ones at once. Returns how to end that. */
  watch(fromRevision: bigint, watcher: Watcher): () => void {
    if (fromRevision <= this.#compacted) {
      watcher.onBroken(
        new StoreError(`Cannot watch ${watcher.prefix}: the revision was compacted`),
      );
      return () => {};
    }
    for (const changes of this.#history) {
      if ((changes[0]?.modRevision ?? 0n) >= fromRevision) tell(watcher, changes);
    }
    // A watch may begin in the future: what comes before is not its.
    const late: Watcher = {
      ...watcher,
      onCommit: (changes) => {
        if ((changes[0]?.modRevision ?? 0n) >= fromRevision) watcher.onCommit(changes);
      },
    };
    this.#watchers.add(late);
    return () => this.#watchers.delete(late);
  }

  /** Forgets all history before a revision. */
  compact(revision: bigint = this.#revision): void {
    this.#compacted = revision - 1n;
    this.#history = this.#history.filter(([change]) => (change?.modRevision ?? 0n) >= revision);
  }

  snapshot(): Snapshot {
    return {
      revision: this.#revision,
      compacted: this.#compacted,
      entries: new Map(this.#entries),
      history: [...this.#history],
    };
  }

  /** Goes back to what was; every watch breaks, for the server was another process meanwhile. */
  restore({ revision, compacted, entries, history }: Snapshot): void {
    this.#revision = revision;
    this.#compacted = compacted;
    this.#entries = new Map(entries);
    this.#history = [...history];
    const watchers = [...this.#watchers];
    this.#watchers.clear();
    for (const { onBroken } of watchers) onBroken(new StoreError("etcd was started anew"));
  }
}

function tell({ prefix, onCommit }: Watcher, changes: Commit): void {
  const ours = changes.filter(({ key }) => key.startsWith(prefix));
  if (ours.length > 0) onCommit(ours);
}
