import type { NodeId } from "../../contracts/ids.ts";
import type { NodeStore } from "../../coordination/nodes.ts";
import type { Running } from "../../platform/lifecycle.ts";
import type { PortSource } from "./stream.ts";

export interface QuietPortsOptions {
  readonly pool: PortSource;
  readonly nodes: Pick<NodeStore, "get" | "onChange">;
  /** How long (ms) a port is kept back at most. Default 10 min. */
  readonly limitMs?: number;
}

/**
 * Keeps a port back while the Janus that sent to it is away: one that hangs has forgotten nothing, and when it wakes it
 * sends on to where it sent before, perhaps into another room. One that is well has a manager that stopped it.
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
    if (sender === undefined || this.#isWell(sender)) return this.options.pool.release(port);
    const timer = setTimeout(() => this.#give(port), this.options.limitMs ?? 600_000);
    this.#kept.set(port, { sender, timer });
  }

  stop(): Promise<void> {
    this.#unsubscribe();
    for (const { timer } of this.#kept.values()) clearTimeout(timer);
    this.#kept.clear();
    return Promise.resolve();
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
