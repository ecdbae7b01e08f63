import { KEYS, nodeKey, NODES_PREFIX, parseNodeKey } from "../contracts/keys.ts";
import type { NodeInfo, NodeKind } from "../contracts/node.ts";
import type { NodePresence } from "../contracts/states.ts";
import type { Log } from "../platform/log.ts";
import type { Running } from "../platform/lifecycle.ts";
import { Informer } from "./informer.ts";
import type { Store } from "./store.ts";
import { parseEntry } from "./values.ts";

/** The media nodes that are alive (their lease holds), from memory. */
export class NodeStore implements Running, NodePresence {
  readonly #informer: Informer;
  readonly #nodes = new Map<string, NodeInfo>();
  readonly #listeners = new Set<(kind: NodeKind, id: string) => void>();

  constructor(options: { store: Store; log: Log; relistMs?: number }) {
    this.#informer = new Informer({
      ...options,
      prefix: NODES_PREFIX,
      onChange: (key) => {
        const parsed = parseNodeKey(key);
        if (parsed === null) return;
        const entry = this.#informer.get(key);
        const schema = KEYS[parsed.kind === "janus" ? "janusNode" : "mixerNode"].schema;
        const info = entry && parseEntry(schema, entry, options.log);
        if (info) this.#nodes.set(key, info);
        else this.#nodes.delete(key);
        for (const listener of this.#listeners) listener(parsed.kind, parsed.id);
      },
    });
  }

  /** Resolves after the first full listing. */
  start(): Promise<void> {
    return this.#informer.start();
  }

  stop(): Promise<void> {
    return this.#informer.stop();
  }

  get synced(): boolean {
    return this.#informer.synced;
  }

  /** Null when etcd answers; else why not, in words. */
  unhealthy(): string | null {
    return this.#informer.reachable ? null : "etcd cannot be reached";
  }

  /** How often etcd was found to have gone back in time. */
  get rollbacks(): number {
    return this.#informer.rollbacks;
  }

  /** Lists everything again, now. */
  relist(): void {
    this.#informer.relist();
  }

  list(kind: NodeKind): NodeInfo[] {
    return [...this.#nodes.values()].filter((node) => node.kind === kind);
  }

  get(kind: NodeKind, id: string): NodeInfo | null {
    return this.#nodes.get(nodeKey(kind, id)) ?? null;
  }

  /** Whether the node's lease holds; true too while etcd is away, for then nobody knows better. */
  isAlive(kind: NodeKind, id: string): boolean {
    const known = this.synced && this.unhealthy() === null;
    return !known || this.get(kind, id) !== null;
  }

  /** Calls back when a node came, changed or went. Returns how to end that. */
  onChange(listener: (kind: NodeKind, id: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
