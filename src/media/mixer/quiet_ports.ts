import type { NodeId } from "../../contracts/ids.ts";
import type { NodeStore } from "../../coordination/nodes.ts";
import type { Running } from "../../platform/lifecycle.ts";
import { NODE_TTL_S } from "../../workers/heartbeat.ts";
import type { PortSource } from "./stream.ts";

export interface QuietPortsOptions {
  readonly pool: PortSource;
  readonly nodes: Pick<NodeStore, "get" | "onChange">;
  /** How long (ms) a port is kept back at most. Default 10 min. */
  readonly limitMs?: number;
  /** How long (ms) a Janus node may look well though it was cut off. Default: its lease's time and a second. */
  readonly leaseMs?: number;
}

const LEASE_MS = NODE_TTL_S * 1000 + 1000;

/**
 * Keeps a port back while the Janus that sent to it is away: one that hangs has forgotten nothing, and when it wakes it
 * sends on to where it sent before, perhaps into another room. One that is well has a manager that stopped it; a port is
 * kept for as long as a manager that was cut off from etcd still looks well.
 */
export class QuietPorts implements PortSource, Running {
  readonly #kept = new Map<number, { sender: NodeId; timer: ReturnType<typeof setTimeout> }>();
  readonly #unsubscribe: () => void;

  constructor(private readonly options: QuietPortsOptions) {
    this.#unsubscribe = options.nodes.onChange((kind, id) => {
      if (kind !== "janus" || !this.#isWell(id)) return;
      for (const [port, { sender }] of this.#kept) if (sender === id) this.#give(port);
    });
  }

  /** The ports kept back. */
  kept(): number[] {
    return [...this.#kept.keys()];
  }

  lease(held: number | null): Promise<number> {
    return this.options.pool.lease(held);
  }

  release(port: number, sender?: NodeId): void {
    if (sender === undefined) return this.options.pool.release(port);
    if (!this.#isWell(sender)) return this.#keep(port, sender);
    // One that was cut off just now looks well until its lease runs out.
    const timer = setTimeout(
      () => this.#isWell(sender) ? this.#give(port) : this.#keep(port, sender),
      this.options.leaseMs ?? LEASE_MS,
    );
    this.#kept.set(port, { sender, timer });
  }

  stop(): Promise<void> {
    this.#unsubscribe();
    for (const { timer } of this.#kept.values()) clearTimeout(timer);
    this.#kept.clear();
    return Promise.resolve();
  }

  #keep(port: number, sender: NodeId): void {
    const timer = setTimeout(() => this.#give(port), this.options.limitMs ?? 600_000);
    this.#kept.set(port, { sender, timer });
  }

  #give(port: number): void {
    clearTimeout(this.#kept.get(port)?.timer);
    this.#kept.delete(port);
    this.options.pool.release(port);
  }

  #isWell(id: NodeId): boolean {
    return this.options.nodes.get("janus", id)?.unhealthy === null;
  }
}
