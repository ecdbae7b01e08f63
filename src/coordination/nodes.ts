import { KEYS, nodeKey, NODES_PREFIX, parseNodeKey } from "../contracts/keys.ts";
import type { NodeInfo, NodeKind } from "../contracts/node.ts";
import type { NodePresence } from "../contracts/states.ts";
import { parseEntry } from "./values.ts";
import { type WatchedOptions, WatchedPrefix } from "./watched_prefix.ts";

/** The media nodes that are alive (their lease holds), from memory. */
export class NodeStore extends WatchedPrefix<[kind: NodeKind, id: string]> implements NodePresence {
  readonly #nodes = new Map<string, NodeInfo>();

  constructor(options: WatchedOptions) {
    super(NODES_PREFIX, options);
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

  protected override changed(key: string): [NodeKind, string] | null {
    const parsed = parseNodeKey(key);
    if (parsed === null) return null;
    const entry = this.informer.get(key);
    const schema = KEYS[parsed.kind === "janus" ? "janusNode" : "mixerNode"].schema;
    const info = entry && parseEntry(schema, entry, this.options.log);
    if (info) this.#nodes.set(key, info);
    else this.#nodes.delete(key);
    return [parsed.kind, parsed.id];
  }
}
