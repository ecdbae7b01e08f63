export interface Cached {
  /** What it weighs, in bytes. */
  readonly size: number;
  /** How long (ms) it may be given to others after it came; 0: only to those who waited for it. */
  readonly ttlMs: number;
}

interface Entry<T> {
  readonly value: Promise<T>;
  size: number;
  /** Infinity while it is being fetched. */
  expiresAt: number;
}

export interface CacheCounts {
  hits: number;
  misses: number;
}

/**
 * A cache in which everyone who wants what is just being fetched waits for that one fetch. Bounded in bytes: the
 * least recently used goes first. A fetch that fails is not kept.
 */
export class CoalescingCache<T extends Cached> {
  readonly counts: CacheCounts = { hits: 0, misses: 0 };
  readonly #entries = new Map<string, Entry<T>>();
  #bytes = 0;

  /** @param maxBytes What all entries together may weigh. */
  constructor(private readonly maxBytes: number) {}

  get bytes(): number {
    return this.#bytes;
  }

  /** Whether the key holds something, or soon will. */
  has(key: string): boolean {
    return (this.#entries.get(key)?.expiresAt ?? -Infinity) > performance.now();
  }

  /** What the key holds; fetched when nobody has. */
  get(key: string, fetch: () => Promise<T>): Promise<T> {
    const known = this.#entries.get(key);
    if (known && known.expiresAt > performance.now()) {
      this.counts.hits += 1;
      this.#entries.delete(key);
      this.#entries.set(key, known);
      return known.value;
    }
    this.counts.misses += 1;
    this.#drop(key);
    const entry: Entry<T> = { value: fetch(), size: 0, expiresAt: Infinity };
    this.#entries.set(key, entry);
    entry.value.then((value) => this.#settle(key, entry, value), () => {
      if (this.#entries.get(key) === entry) this.#drop(key);
    });
    return entry.value;
  }

  #settle(key: string, entry: Entry<T>, value: T): void {
    if (this.#entries.get(key) !== entry) return;
    if (value.ttlMs <= 0) return this.#drop(key);
    entry.expiresAt = performance.now() + value.ttlMs;
    entry.size = value.size;
    this.#bytes += value.size;
    for (const [oldest, { expiresAt }] of this.#entries) {
      if (this.#bytes <= this.maxBytes) return;
      if (expiresAt !== Infinity) this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    this.#bytes -= entry.size;
  }
}
