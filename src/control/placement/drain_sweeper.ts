import type { NodeId } from "../../contracts/ids.ts";
import type { NodeKind } from "../../contracts/node.ts";
import type { DrainStore } from "../../coordination/drains.ts";
import { Reconciler } from "../../coordination/reconciler.ts";
import type { Log } from "../../platform/log.ts";
import type { Running } from "../../platform/lifecycle.ts";
import type { Lookout } from "../resources/lookout.ts";

export interface DrainSweeperOptions {
  readonly drains: Pick<DrainStore, "get" | "list" | "onChange" | "cancel">;
  readonly lookout: Pick<Lookout, "hold" | "judge" | "onChange">;
  readonly log: Log;
}

/** How soon (ms) to look again at an order whose node is still there. */
const AGAIN_MS = 2000;

/** Takes away orders to drain nodes that are gone, so that one which comes back under its name is not drained again. */
export class DrainSweeper implements Running {
  readonly #reconciler: Reconciler;
  readonly #nodes = new Map<string, { kind: NodeKind; id: NodeId }>();
  readonly #unsubscribe: (() => void)[];

  constructor(private readonly options: DrainSweeperOptions) {
    const { drains, lookout, log } = options;
    this.#reconciler = new Reconciler({ reconcile: (key) => this.#reconcile(key), log });
    const look = (kind: NodeKind, id: NodeId) => this.#look(kind, id);
    this.#unsubscribe = [drains.onChange(look), lookout.onChange(look)];
    for (const { kind, id } of drains.list()) this.#look(kind, id);
  }

  async stop(): Promise<void> {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    await this.#reconciler.stop();
  }

  #look(kind: NodeKind, id: NodeId): void {
    const key = `${kind}/${id}`;
    this.#nodes.set(key, { kind, id });
    this.#reconciler.enqueue(key);
  }

  async #reconcile(key: string): Promise<number | null> {
    const { drains, lookout, log } = this.options;
    const node = this.#nodes.get(key);
    if (node === undefined || drains.get(node.kind, node.id) === null) {
      this.#nodes.delete(key);
      return null;
    }
    const gone = lookout.hold() === null &&
      lookout.judge(node.kind, node.id).why === "lease_lost";
    if (!gone || lookout.judge(node.kind, node.id).standing !== "dead") return AGAIN_MS;
    await drains.cancel(node.kind, node.id);
    log.info({ ...node }, "the node is gone: its order to drain is taken away");
    return null;
  }
}
