import { AppError } from "../contracts/errors.ts";
import type { DrainOrder } from "../contracts/faults.ts";
import type { NodeId } from "../contracts/ids.ts";
import { drainKey, DRAINS_PREFIX, KEYS, parseDrainKey } from "../contracts/keys.ts";
import type { NodeKind } from "../contracts/node.ts";
import type { Write } from "./store.ts";
import { parseEntry } from "./values.ts";
import { type WatchedOptions, WatchedPrefix } from "./watched_prefix.ts";

/** A node that is to be emptied. */
export interface DrainedNode {
  readonly kind: NodeKind;
  readonly id: NodeId;
}

/** How often a write is tried anew when others write the same order at the same time. */
const MAX_TRIES = 5;

/** Which nodes are to be emptied, from memory, and how to say so. */
export class DrainStore extends WatchedPrefix<[kind: NodeKind, id: NodeId]> {
  readonly #orders = new Map<string, DrainedNode & { order: DrainOrder }>();

  constructor(options: WatchedOptions) {
    super(DRAINS_PREFIX, options);
  }

  get(kind: NodeKind, id: NodeId): DrainOrder | null {
    return this.#orders.get(drainKey(kind, id))?.order ?? null;
  }

  /** The nodes under an order. */
  list(): DrainedNode[] {
    return [...this.#orders.values()].map(({ kind, id }) => ({ kind, id }));
  }

  /**
   * Orders a node to be emptied; a new order takes the place of an older one.
   *
   * @throws StoreError when etcd did not answer; the order may stand.
   */
  async order(kind: NodeKind, id: NodeId, order: DrainOrder): Promise<void> {
    const value = JSON.stringify(KEYS.drain.schema.parse(order));
    await this.#write(drainKey(kind, id), (key) => ({ put: key, value }));
  }

  /**
   * Takes an order away.
   *
   * @returns Whether there was one.
   * @throws StoreError when etcd did not answer; the order may be gone.
   */
  cancel(kind: NodeKind, id: NodeId): Promise<boolean> {
    return this.#write(drainKey(kind, id), (key) => ({ delete: key }));
  }

  protected override changed(key: string): [NodeKind, NodeId] | null {
    const node = parseDrainKey(key);
    if (node === null) return null;
    const entry = this.informer.get(key);
    const order = entry && parseEntry(KEYS.drain.schema, entry, this.options.log);
    if (order) this.#orders.set(key, { ...node, order });
    else this.#orders.delete(key);
    return [node.kind, node.id];
  }

  /** Returns whether the key was there before. */
  async #write(key: string, write: (key: string) => Write): Promise<boolean> {
    for (let attempt = 1; attempt <= MAX_TRIES; attempt++) {
      const change = write(key);
      const found = await this.options.store.get(key);
      if (found === null && "delete" in change) return false;
      const modRevision = found?.modRevision ?? 0n;
      const revision = await this.options.store.commit([{ key, modRevision }], [change]);
      if (revision === null) continue;
      const value = "put" in change ? change.value : null;
      this.informer.learn({ key, value, modRevision: revision });
      return found !== null;
    }
    const detail = `Cannot write ${key}: others write it at the same time`;
    throw new AppError("conflict", detail, { retryAfterS: 1 });
  }
}
