import { AppError } from "../contracts/errors.ts";
import type { EtcdAccess } from "../coordination/etcd_access.ts";
import { NodeInfo } from "../contracts/node.ts";
import type { Log } from "../platform/log.ts";
import type { Running } from "../platform/lifecycle.ts";
import { collect, observe } from "../platform/metrics.ts";
import { FromHeartbeat, NODE_TTL_S, PING_MS, SILENCE_MS, type ToHeartbeat } from "./heartbeat.ts";

export interface HeartbeatOptions {
  readonly etcd: EtcdAccess;
  readonly log: Log;
  /** The node as it is now; asked for with every ping. Its kind and id must not change. */
  readonly info: () => NodeInfo;
  /** Default {@link NODE_TTL_S}; etcd grants no less than 2 s. */
  readonly ttlS?: number;
  /** Default {@link PING_MS}. */
  readonly pingMs?: number;
  /** Default {@link SILENCE_MS}. */
  readonly silenceMs?: number;
}

export interface Heartbeat extends Running {
  /** Whether the lease was held when the worker last said so. */
  held(): boolean;
  /** Null while the lease is held; else what is wrong. */
  unhealthy(): string | null;
  /** The node changed: write it now, not with the next ping. */
  refresh(): void;
}

/** How long (ms) etcd may take to grant the first lease. */
const START_LIMIT_MS = 10_000;
/** How long (ms) giving the lease back may take; it runs out anyway. */
const STOP_LIMIT_MS = 2000;
/** Pause (ms) before a worker that crashed is made anew. */
const RESPAWN_MS = 1000;

/**
 * Keeps the node's key in etcd alive from a worker thread, so that a busy main thread does not cost the node its
 * lease; the worker lets the lease run out when the main thread no longer pings.
 *
 * @returns Once the lease is held.
 * @throws AppError `unavailable` when it was not granted in 10 s.
 */
export async function startHeartbeat(options: HeartbeatOptions): Promise<Heartbeat> {
  const heartbeat = new WorkerHeartbeat(options);
  try {
    await heartbeat.firstHeld();
  } catch (err) {
    await heartbeat.stop();
    throw err;
  }
  return heartbeat;
}

class WorkerHeartbeat implements Heartbeat {
  readonly #first = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<void>();
  readonly #pings: ReturnType<typeof setInterval>;
  #respawn: ReturnType<typeof setTimeout> | undefined;
  #worker: Worker | undefined;
  #held = false;
  #stopping: Promise<void> | undefined;
  readonly #unmeasure: readonly (() => void)[];

  constructor(private readonly options: HeartbeatOptions) {
    this.#unmeasure = this.#measure();
    this.#spawn();
    this.#pings = setInterval(() => this.refresh(), options.pingMs ?? PING_MS);
  }

  held(): boolean {
    return this.#held;
  }

  unhealthy(): string | null {
    return this.#held ? null : "the node's lease in etcd is not held";
  }

  refresh(): void {
    const parsed = NodeInfo.safeParse(this.options.info());
    if (parsed.success) this.#post({ type: "ping", info: parsed.data });
    else this.options.log.error({ issue: parsed.error.issues[0]?.message }, "no valid node info");
  }

  async firstHeld(): Promise<void> {
    const timer = setTimeout(() => {
      const hosts = this.options.etcd.hosts.join(", ");
      const detail = `Cannot announce this node: etcd at ${hosts} did not grant a lease in time`;
      this.#first.reject(new AppError("unavailable", detail));
    }, START_LIMIT_MS);
    await this.#first.promise.finally(() => clearTimeout(timer));
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    clearInterval(this.#pings);
    clearTimeout(this.#respawn);
    for (const end of this.#unmeasure) end();
    if (this.#worker === undefined) return;
    this.#post({ type: "stop" });
    const hurry = setTimeout(() => this.#ended.resolve(), STOP_LIMIT_MS);
    await this.#ended.promise;
    clearTimeout(hurry);
    this.#worker?.terminate();
    this.#held = false;
  }

  /** Gives what others see of the node. */
  #measure(): (() => void)[] {
    const { info } = this.options;
    const of = (value: (node: NodeInfo) => number) => () => {
      const node = info();
      return [{ labels: { kind: node.kind }, value: value(node) }];
    };
    return [
      collect("roomcast_lease_held", of(() => this.#held ? 1 : 0)),
      collect("roomcast_node_rooms", of(({ load }) => load)),
      collect("roomcast_node_capacity_rooms", of(({ capacity }) => capacity)),
      collect("roomcast_node_draining", of(({ draining }) => draining ? 1 : 0)),
    ];
  }

  #spawn(): void {
    const { etcd, ttlS = NODE_TTL_S, silenceMs = SILENCE_MS } = this.options;
    const info = NodeInfo.parse(this.options.info());
    const worker = new Worker(new URL("./heartbeat.worker.ts", import.meta.url), {
      type: "module",
    });
    worker.onmessage = (event: MessageEvent<unknown>) => this.#take(event.data);
    worker.onerror = (event) => {
      // Unhandled, it would end the whole process.
      event.preventDefault();
      this.#onCrash(worker, event.message);
    };
    this.#worker = worker;
    this.#post({ type: "start", etcd, ttlS, silenceMs, info });
  }

  #take(data: unknown): void {
    const message = FromHeartbeat.parse(data);
    if (message.type === "stopped") return this.#ended.resolve();
    const { log, info } = this.options;
    const { kind } = info();
    if (message.type === "renewed") {
      return observe("roomcast_lease_margin_seconds", { kind }, message.marginMs / 1000);
    }
    this.#held = message.held;
    if (message.held) {
      this.#first.resolve();
      log.info({ kind }, "the node's lease is held");
    } else {
      log.warn({ kind, reason: message.reason }, "the node's lease is lost");
    }
  }

  #onCrash(worker: Worker, reason: string): void {
    worker.terminate();
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    this.#held = false;
    if (this.#stopping) return this.#ended.resolve();
    this.options.log.error({ reason }, "the heartbeat worker crashed; making a new one");
    this.#respawn = setTimeout(() => this.#spawn(), RESPAWN_MS);
  }

  #post(message: ToHeartbeat): void {
    this.#worker?.postMessage(message);
  }
}
