import type { MemoryEtcd } from "./memory_etcd.ts";

/** Keys that go when nobody renews them: etcd's leases, one for each key. */
export class LeasedKeys {
  readonly #leases = new Map<string, { ttlMs: number; timer: ReturnType<typeof setTimeout> }>();

  constructor(private readonly etcd: MemoryEtcd) {}

  /** Writes a key that lives for so long (ms) unless it is renewed. */
  put(key: string, value: string, ttlMs: number): void {
    if (this.etcd.get(key)?.value !== value) this.etcd.commit([], [{ put: key, value }]);
    this.#arm(key, ttlMs);
  }

  /** @returns False when the key is gone: it has to be written anew. */
  renew(key: string): boolean {
    const lease = this.#leases.get(key);
    if (lease === undefined || this.etcd.get(key) === null) return false;
    this.#arm(key, lease.ttlMs);
    return true;
  }

  revoke(key: string): void {
    clearTimeout(this.#leases.get(key)?.timer);
    this.#leases.delete(key);
    this.etcd.commit([], [{ delete: key }]);
  }

  /** All leases run out at once, as when a server was paused for longer than they last. */
  expireAll(): void {
    for (const key of [...this.#leases.keys()]) this.revoke(key);
  }

  /** While the server is down no lease runs out. */
  suspend(): void {
    for (const { timer } of this.#leases.values()) clearTimeout(timer);
  }

  /** A server that was started anew gives every lease its full time again. */
  afterRestart(prefixes: readonly string[], ttlMs: number): void {
    for (const { timer } of this.#leases.values()) clearTimeout(timer);
    this.#leases.clear();
    for (const { key } of prefixes.flatMap((prefix) => this.etcd.list(prefix).entries)) {
      this.#arm(key, ttlMs);
    }
  }

  #arm(key: string, ttlMs: number): void {
    clearTimeout(this.#leases.get(key)?.timer);
    const timer = setTimeout(() => this.revoke(key), ttlMs);
    this.#leases.set(key, { ttlMs, timer });
  }
}
