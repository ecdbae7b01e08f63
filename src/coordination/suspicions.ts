import type { Etcd3 } from "etcd3";
import { KEYS, parseSuspicionKey, suspicionKey, SUSPICIONS_PREFIX } from "../contracts/keys.ts";
import type { Suspicion } from "../contracts/faults.ts";
import type { NodeId } from "../contracts/ids.ts";
import type { NodeKind } from "../contracts/node.ts";
import type { Running } from "../platform/lifecycle.ts";
import { count } from "../platform/metrics.ts";
import { LeasedKey } from "./lease.ts";
import { parseEntry } from "./values.ts";
import { type WatchedOptions, WatchedPrefix } from "./watched_prefix.ts";

/** How long (s) a suspicion outlives its witness. */
const TTL_S = 5;
/** How long (ms) a suspicion is kept up after the last time it was confirmed. */
const KEEP_MS = 5000;

/** Which nodes are suspected to be dead, and by whom, from memory. */
export class SuspicionStore extends WatchedPrefix<[kind: NodeKind, id: NodeId]> {
  readonly #known = new Map<string, Suspicion>();

  constructor(options: WatchedOptions) {
    super(SUSPICIONS_PREFIX, options);
  }

  /** The suspicions against a node. */
  against(kind: NodeKind, id: NodeId): Suspicion[] {
    const prefix = suspicionKey(kind, id, "");
    return [...this.#known].flatMap(([key, value]) => key.startsWith(prefix) ? [value] : []);
  }

  protected override changed(key: string): [NodeKind, NodeId] | null {
    const about = parseSuspicionKey(key);
    if (about === null) return null;
    const entry = this.informer.get(key);
    const suspicion = entry && parseEntry(KEYS.suspicion.schema, entry, this.options.log);
    if (suspicion) this.#known.set(key, suspicion);
    else this.#known.delete(key);
    return [about.kind, about.id];
  }
}

export interface WitnessOptions {
  /** A client of its own kind: leases are not part of {@link Store}. */
  readonly client: Etcd3;
  /** Names this process; no two witnesses have the same. */
  readonly reporter: NodeId;
  readonly witness: Suspicion["witness"];
}

/** Tells in etcd which nodes this process finds dead, for as long as it finds them so. */
export class Witness implements Running {
  readonly #held = new Map<string, { lease: LeasedKey; timer: ReturnType<typeof setTimeout> }>();

  constructor(private readonly options: WitnessOptions) {}

  /** The node was found dead just now, for a reason in words. Say it again while that is so. */
  suspect(kind: NodeKind, id: NodeId, reason: string): void {
    const { client, reporter, witness } = this.options;
    const key = suspicionKey(kind, id, reporter);
    const held = this.#held.get(key);
    const timer = setTimeout(() => void this.#drop(key), KEEP_MS);
    if (held) {
      clearTimeout(held.timer);
      held.timer = timer;
      return;
    }
    const value = JSON.stringify(
      KEYS.suspicion.schema.parse({ witness, reason: reason.slice(0, 300), since: Date.now() }),
    );
    const lease = new LeasedKey({ client, key, ttlS: TTL_S, value: () => value, onHeld: () => {} });
    this.#held.set(key, { lease, timer });
    lease.start();
    count("roomcast_suspicions_total", { witness });
  }

  /** The node answered. */
  acquit(kind: NodeKind, id: NodeId): void {
    void this.#drop(suspicionKey(kind, id, this.options.reporter));
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#held.keys()].map((key) => this.#drop(key)));
  }

  async #drop(key: string): Promise<void> {
    const held = this.#held.get(key);
    if (held === undefined) return;
    this.#held.delete(key);
    clearTimeout(held.timer);
    await held.lease.stop();
  }
}
