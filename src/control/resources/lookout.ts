import type { NodeId } from "../../contracts/ids.ts";
import type { NodeInfo, NodeKind } from "../../contracts/node.ts";
import type { NodeStore } from "../../coordination/nodes.ts";
import type { RoomStore } from "../../coordination/rooms.ts";
import type { SuspicionStore } from "../../coordination/suspicions.ts";
import type { Log } from "../../platform/log.ts";
import type { Running } from "../../platform/lifecycle.ts";
import { AbsenceClock } from "./absence_clock.ts";
import { type Hold, HoldClock } from "./hold.ts";
import { isBelieved, judge, type Judgement } from "./standing.ts";
import { SILENCE_MS } from "./store_pulse.ts";
import { Vanishing } from "./vanishing.ts";

/**
 * How long (ms) nodes have to renew their leases, and witnesses to take back what they said, after etcd was away and after
 * we began to look. No node is taken for dead before that.
 */
export const RENEWAL_MS = 8000;

/** How long (ms) nothing moves after most nodes vanished at once, or after etcd went back in time. */
export const DISTRUST_MS = 15_000;

/** How soon (ms) whoever is blind looks again. */
const BLIND_MS = 500;

export interface LookoutOptions {
  readonly nodes: Pick<
    NodeStore,
    "get" | "list" | "onChange" | "synced" | "unhealthy" | "rollbacks" | "relist"
  >;
  readonly rooms: Pick<RoomStore, "synced" | "unhealthy" | "rollbacks" | "relist">;
  readonly suspicions: Pick<SuspicionStore, "against" | "onChange">;
  /** For how long (ms) etcd has not answered; see StorePulse. */
  readonly silentMs: () => number;
  readonly log: Log;
  /** Default {@link RENEWAL_MS}. */
  readonly renewalMs?: number;
  /** Default {@link DISTRUST_MS}. */
  readonly distrustMs?: number;
  /** A clock that never jumps, in ms. Default `performance.now()`. */
  readonly now?: () => number;
}

/** Judges how nodes stand, and whether one sees well enough to judge at all. */
export class Lookout implements Running {
  /** While nothing may be moved. */
  readonly #holds: HoldClock;
  /** While no node may be taken for dead. */
  readonly #graces: HoldClock;
  readonly #absent: AbsenceClock;
  readonly #ill: AbsenceClock;
  readonly #vanishing: Vanishing;
  readonly #draining = new Set<string>();
  readonly #signatures = new Map<string, string>();
  readonly #listeners = new Set<(kind: NodeKind, id: NodeId) => void>();
  readonly #unsubscribe: (() => void)[];
  #rollbacks = 0;

  constructor(private readonly options: LookoutOptions) {
    const { nodes, suspicions, now = () => performance.now() } = options;
    this.#holds = new HoldClock(now);
    this.#graces = new HoldClock(now);
    this.#absent = new AbsenceClock(now);
    this.#ill = new AbsenceClock(now);
    this.#vanishing = new Vanishing(now);
    this.#graces.hold("this Room Manager has just started", this.#renewalMs);
    for (const kind of ["janus", "mixer"] as const) {
      for (const { id } of nodes.list(kind)) this.#onNode(kind, id);
    }
    this.#unsubscribe = [
      nodes.onChange((kind, id) => this.#onNode(kind, id)),
      suspicions.onChange((kind, id) => this.#tell(kind, id)),
    ];
  }

  stop(): Promise<void> {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    return Promise.resolve();
  }

  /** Calls back with each node that may stand otherwise now. Returns how to end that. */
  onChange(listener: (kind: NodeKind, id: NodeId) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Tells of an answer of etcd that came after a silence of so many ms. */
  heard(silentMs: number): void {
    if (silentMs > SILENCE_MS) this.#blind("etcd did not answer for a while");
  }

  /** Why nothing may be moved now; null when one sees well. */
  hold(): Hold | null {
    const { nodes, rooms } = this.options;
    const rollbacks = nodes.rollbacks + rooms.rollbacks;
    if (rollbacks > this.#rollbacks) {
      this.#rollbacks = rollbacks;
      this.#distrust("etcd went back in time");
    }
    const blindness = this.#blindness();
    if (blindness === null) return this.#holds.current();
    this.#blind(blindness);
    return { why: blindness, leftMs: BLIND_MS };
  }

  /** Asked for while {@link hold} is null. */
  judge(kind: NodeKind, id: NodeId): Judgement {
    const { nodes, suspicions } = this.options;
    const node = nodes.get(kind, id);
    const judgement = judge({
      node,
      absentMs: this.#absent.see(kind, id, node !== null),
      illMs: this.#ill.see(kind, id, isWell(node)),
      suspicions: suspicions.against(kind, id),
    });
    const grace = this.#graces.current();
    if (judgement.standing !== "dead" || grace === null) return judgement;
    return { ...judgement, standing: "missing", againMs: grace.leftMs };
  }

  #blindness(): string | null {
    const { nodes, rooms, silentMs } = this.options;
    const away = rooms.unhealthy() ?? nodes.unhealthy();
    if (away !== null) return away;
    if (!rooms.synced || !nodes.synced) return "not all keys are known yet";
    return silentMs() > SILENCE_MS ? "etcd does not answer" : null;
  }

  get #renewalMs(): number {
    return this.options.renewalMs ?? RENEWAL_MS;
  }

  /** Whoever could not see counts anew from when he can. */
  #blind(why: string): void {
    this.#absent.reset();
    this.#ill.reset();
    this.#graces.hold(why, this.#renewalMs);
  }

  #distrust(why: string): void {
    const { nodes, rooms, log, distrustMs = DISTRUST_MS } = this.options;
    log.error({ why, holdMs: distrustMs }, "moving no room for a while");
    this.#holds.hold(why, distrustMs);
    nodes.relist();
    rooms.relist();
  }

  #onNode(kind: NodeKind, id: NodeId): void {
    const key = `${kind}/${id}`;
    const node = this.options.nodes.get(kind, id);
    this.#absent.see(kind, id, node !== null);
    this.#ill.see(kind, id, isWell(node));
    if (node !== null) {
      this.#vanishing.saw(key);
      if (node.draining) this.#draining.add(key);
      else this.#draining.delete(key);
    } else if (this.#draining.delete(key)) {
      this.#vanishing.left(key);
    } else if (this.#vanishing.lost(key)) {
      this.#distrust("most media nodes vanished at once");
    }
    const signature = signatureOf(node);
    if (signature === this.#signatures.get(key)) return;
    this.#signatures.set(key, signature);
    this.#tell(kind, id);
  }

  #tell(kind: NodeKind, id: NodeId): void {
    for (const listener of this.#listeners) listener(kind, id);
  }
}

/** Whether two of them tell the same of how a node stands. Its load changes often and tells nothing. */
function signatureOf(node: NodeInfo | null): string {
  return node === null ? "gone" : `${node.draining} ${node.unhealthy !== null}`;
}

/** Whether a node says that it can serve. One that is gone says nothing. */
function isWell(node: NodeInfo | null): boolean {
  return node === null || node.unhealthy === null;
}

/** Whether a node is found dead by those who use it. */
export function isCondemned(
  suspicions: Pick<SuspicionStore, "against">,
  kind: NodeKind,
  id: NodeId,
): boolean {
  return isBelieved(suspicions.against(kind, id));
}
