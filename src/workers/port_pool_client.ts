import { AppError } from "../contracts/errors.ts";
import type { Log } from "../platform/log.ts";
import type { Running } from "../platform/lifecycle.ts";
import { FromPortPool, QUARANTINE_MS, type ToPortPool } from "./port_pool.ts";

export interface PortPoolOptions {
  /** The address the ports are bound on. */
  readonly host: string;
  /** The pool's first and last port. */
  readonly min: number;
  readonly max: number;
  readonly log: Log;
  /** Ports that rooms had before this process began: nobody else gets one. Default none. */
  readonly held?: readonly number[];
  /** Default {@link QUARANTINE_MS}. */
  readonly quarantineMs?: number;
}

/** How long (ms) a lease may take. */
const LEASE_LIMIT_MS = 3000;

/** The RTP port pool, accounted for in a worker thread. */
export class PortPoolClient implements Running {
  readonly #calls = new Map<number, (port: number | null) => void>();
  readonly #leased: Set<number>;
  #worker: Worker | undefined;
  #lastCall = 0;
  #silent = false;

  constructor(private readonly options: PortPoolOptions) {
    const { min, max, held = [] } = options;
    this.#leased = new Set(held.filter((port) => port % 2 === 0 && port >= min && port < max));
    this.#spawn();
  }

  /** How many ports are in use. */
  get leased(): number {
    return this.#leased.size;
  }

  /** Null when the worker answered when it was last asked; else what is wrong. */
  unhealthy(): string | null {
    return this.#silent ? "the RTP port pool does not answer" : null;
  }

  /** The ports in use. */
  ports(): number[] {
    return [...this.#leased];
  }

  /**
   * An even port that could be bound just now, with the odd one above it.
   *
   * @param held A port of the caller's that is in use, to be had again if it can be bound; else it is given back.
   * @throws AppError `no_capacity` when no port is free, `unavailable` when the worker does not answer.
   */
  async lease(held: number | null = null): Promise<number> {
    const call = ++this.#lastCall;
    const answer = Promise.withResolvers<number | null>();
    const timer = setTimeout(() => {
      this.#silent = true;
      answer.reject(new AppError("unavailable", "The RTP port pool does not answer"));
    }, LEASE_LIMIT_MS);
    this.#calls.set(call, answer.resolve);
    const again = held !== null && this.#leased.delete(held) ? held : null;
    this.#post({ type: "lease", call, held: again });
    const port = await answer.promise.finally(() => {
      clearTimeout(timer);
      this.#calls.delete(call);
    });
    if (port === null) {
      const { min, max } = this.options;
      throw new AppError("no_capacity", `No RTP port between ${min} and ${max} is free`);
    }
    this.#leased.add(port);
    return port;
  }

  /** Gives a port back; it rests before it is used again. */
  release(port: number): void {
    if (this.#leased.delete(port)) this.#post({ type: "release", port });
  }

  stop(): Promise<void> {
    this.#worker?.terminate();
    this.#worker = undefined;
    return Promise.resolve();
  }

  #spawn(): void {
    const { host, min, max, quarantineMs = QUARANTINE_MS, log } = this.options;
    const worker = new Worker(new URL("./port_pool.worker.ts", import.meta.url), {
      type: "module",
    });
    worker.onmessage = (event: MessageEvent<unknown>) => {
      const { call, port } = FromPortPool.parse(event.data);
      this.#silent = false;
      const waiting = this.#calls.get(call);
      if (waiting) waiting(port);
      else if (port !== null) this.#post({ type: "release", port });
    };
    worker.onerror = (event) => {
      // Unhandled, it would end the whole process.
      event.preventDefault();
      worker.terminate();
      if (this.#worker !== worker) return;
      log.error({ reason: event.message }, "the port pool worker crashed; making a new one");
      this.#spawn();
    };
    this.#worker = worker;
    this.#post({ type: "start", host, min, max, quarantineMs, leased: [...this.#leased] });
  }

  #post(message: ToPortPool): void {
    this.#worker?.postMessage(message);
  }
}
