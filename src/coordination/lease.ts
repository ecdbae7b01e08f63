import type { Etcd3, Lease } from "etcd3";
import type { Running } from "../platform/lifecycle.ts";
import { backoffMs, sleep } from "../platform/backoff.ts";
import { CALL_DEADLINE_MS } from "./etcd.ts";

export interface LeasedKeyOptions {
  readonly client: Etcd3;
  readonly key: string;
  /** How long (s) the key outlives the last keepalive. */
  readonly ttlS: number;
  /** What the key should hold now; it is read before every keepalive. Null: let the lease run out. */
  readonly value: () => string | null;
  /** Tells when the lease is held and when it is not, each change once. */
  readonly onHeld: (held: boolean, cause?: unknown) => void;
  /** Told with each renewal how much (ms) of its time the lease had left, at the least. Default: nobody is. */
  readonly onRenewed?: (marginMs: number) => void;
}

/**
 * Keeps one key on a lease, and its value up to date: a keepalive every third of the TTL, a new lease when the
 * old one is lost. etcd3's own keepalive is not used: it tells of a loss only after twice the TTL.
 */
export class LeasedKey implements Running {
  readonly #abort = new AbortController();
  #lease: Lease | undefined;
  #written: string | undefined;
  #held = false;
  /** When (ms, monotonic) the grant or keepalive was sent that etcd took last. */
  #sentAt = 0;
  #wake: (() => void) | undefined;
  /** Asked to write while a write was under way, which may have missed the newest value. */
  #asked = false;
  #loop: Promise<void> | undefined;

  constructor(private readonly options: LeasedKeyOptions) {}

  start(): void {
    this.#loop ??= this.#run();
  }

  /** The value may have changed: write it now, not at the next keepalive. */
  refresh(): void {
    this.#asked = true;
    this.#wake?.();
  }

  /** Gives the lease back, so that the key is gone at once. */
  async stop(): Promise<void> {
    this.#abort.abort();
    this.#wake?.();
    await this.#loop;
    await this.#lease?.revoke({ deadline: Date.now() + 1000 }).catch(() => {});
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    const pauseMs = this.options.ttlS * 1000 / 3;
    for (let failures = 0; !signal.aborted;) {
      try {
        this.#asked = false;
        await this.#beat();
        failures = 0;
        await this.#pause(pauseMs);
      } catch (cause) {
        failures += 1;
        this.#tell(false, cause);
        await sleep(backoffMs(failures, { baseMs: 200, maxMs: 2000 }), signal).catch(() => {});
      }
    }
  }

  async #beat(): Promise<void> {
    const value = this.options.value();
    if (value === null) return;
    if (this.#lease === undefined) {
      this.#lease = this.options.client.lease(this.options.ttlS, { autoKeepAlive: false });
      this.#written = undefined;
    }
    try {
      const deadline = { deadline: Date.now() + CALL_DEADLINE_MS };
      const sentAt = performance.now();
      const renews = this.#written !== undefined;
      if (renews) {
        await this.#lease.keepaliveOnce(deadline);
        this.#renewed(sentAt);
      }
      if (this.#written !== value) {
        await this.#lease.put(this.options.key).value(value).exec();
        this.#written = value;
      }
      if (!renews) this.#sentAt = sentAt;
    } catch (cause) {
      this.#lease.release();
      this.#lease = undefined;
      throw cause;
    }
    this.#tell(true);
  }

  #renewed(sentAt: number): void {
    const marginMs = this.options.ttlS * 1000 - (performance.now() - this.#sentAt);
    this.#sentAt = sentAt;
    this.options.onRenewed?.(Math.max(0, marginMs));
  }

  /** Waits, but not after `refresh` or `stop`, even one that came during the last write. */
  #pause(ms: number): Promise<void> {
    if (this.#asked || this.#abort.signal.aborted) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    this.#wake = resolve;
    return promise.finally(() => clearTimeout(timer));
  }

  #tell(held: boolean, cause?: unknown): void {
    if (held === this.#held) return;
    this.#held = held;
    this.options.onHeld(held, cause);
  }
}
