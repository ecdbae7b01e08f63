import { AppError } from "../../contracts/errors.ts";
import type { NodeId } from "../../contracts/ids.ts";
import type { NodeInfo, NodeKind } from "../../contracts/node.ts";
import type { NodeStore } from "../../coordination/nodes.ts";
import type { Running } from "../../platform/lifecycle.ts";
import { FreshPlacements } from "./fresh_placements.ts";
import { whyNoNode } from "./no_node.ts";
import { type Candidate, pick } from "./pick.ts";

/** How long (ms) a failure of a node is held against it. */
export const FAILURE_MEMORY_MS = 60_000;

/**
 * How long (ms) a node that was found dead, and yet lives, is given nothing that is moved: whoever cannot carry its rooms
 * shall not be handed them to and fro.
 */
export const CALM_MS = 10_000;

/** What the Resource Manager asks of the nodes' store. */
export type Nodes = Pick<NodeStore, "list" | "get" | "onChange" | "unhealthy">;

export interface ResourceManagerOptions {
  readonly nodes: Nodes;
  /** Whether those who use a node find it dead. Default: nobody does. */
  readonly isCondemned?: (kind: NodeKind, id: NodeId) => boolean;
  /** Unix time in ms. */
  readonly now?: () => number;
  readonly random?: () => number;
}

/** A node chosen for a room, counted as load until the node reports it. */
export interface Placement {
  readonly node: NodeInfo;
  /** The room did not go there after all. */
  release(): void;
}

/** Chooses the Janus and the mixer for a room among the nodes that are alive. */
export class ResourceManager implements Running {
  readonly #fresh = new FreshPlacements();
  readonly #failedAt = new Map<string, number>();
  /** Nodes that were found dead: when, and which process of that name it was. */
  readonly #condemned = new Map<string, { at: number; startedAt: number }>();
  readonly #draining = new Set<string>();
  readonly #unsubscribe: () => void;
  readonly #now: () => number;

  constructor(private readonly options: ResourceManagerOptions) {
    this.#now = options.now ?? Date.now;
    for (const kind of ["janus", "mixer"] as const) {
      for (const { id } of options.nodes.list(kind)) this.#onChange(kind, id);
    }
    this.#unsubscribe = options.nodes.onChange((kind, id) => this.#onChange(kind, id));
  }

  stop(): Promise<void> {
    this.#unsubscribe();
    return Promise.resolve();
  }

  /** @throws AppError `no_capacity` that says why. */
  pickMixer(): Placement {
    return this.#demand("mixer");
  }

  /** @throws AppError `no_capacity` that says why. */
  pickJanus(): Placement {
    return this.#demand("janus");
  }

  /** Holds a failure against a node for a minute: it is chosen only when there is no other. */
  noteFailed(kind: NodeKind, id: NodeId): void {
    this.#failedAt.set(keyOf(kind, id), this.#now());
  }

  /** Holds against a node that those who use it find it dead; a process that begins anew under its name is another. */
  noteCondemned(kind: NodeKind, id: NodeId): void {
    this.noteFailed(kind, id);
    const startedAt = this.options.nodes.get(kind, id)?.startedAt;
    if (startedAt === undefined) return;
    this.#condemned.set(keyOf(kind, id), { at: this.#now(), startedAt });
  }

  recentlyFailed(kind: NodeKind, id: NodeId): boolean {
    const failedAt = this.#failedAt.get(keyOf(kind, id));
    if (failedAt === undefined) return false;
    if (this.#now() - failedAt < FAILURE_MEMORY_MS) return true;
    this.#failedAt.delete(keyOf(kind, id));
    return false;
  }

  /** A node that takes a room that is moved and is none of `not`; null when there is none. */
  find(kind: NodeKind, not: readonly NodeId[] = []): Placement | null {
    const candidates = this.#candidates(kind);
    return this.#choose(
      kind,
      candidates.filter(({ node }) => !not.includes(node.id) && this.#isCalm(node)),
    );
  }

  #isCalm({ kind, id, startedAt }: NodeInfo): boolean {
    const condemned = this.#condemned.get(keyOf(kind, id));
    if (condemned === undefined) return true;
    const calm = condemned.startedAt !== startedAt || this.#now() - condemned.at >= CALM_MS;
    if (calm) this.#condemned.delete(keyOf(kind, id));
    return calm;
  }

  #demand(kind: NodeKind): Placement {
    const candidates = this.#candidates(kind);
    const placement = this.#choose(kind, candidates);
    if (placement !== null) return placement;
    const why = whyNoNode(kind, candidates);
    throw new AppError("no_capacity", `The room cannot start: ${why}`, { retryAfterS: 5 });
  }

  #candidates(kind: NodeKind): Candidate[] {
    const { nodes, isCondemned = () => false } = this.options;
    return nodes.list(kind).map((node) => ({
      node,
      fresh: this.#fresh.count(keyOf(kind, node.id), node.load, this.#now()),
      recentlyFailed: this.recentlyFailed(kind, node.id),
      condemned: isCondemned(kind, node.id),
    }));
  }

  #choose(kind: NodeKind, candidates: readonly Candidate[]): Placement | null {
    const node = pick(candidates, this.options.random);
    if (node === null) return null;
    return { node, release: this.#fresh.add(keyOf(kind, node.id), node.load, this.#now()) };
  }

  /** A node that went without draining first has failed, unless it is we who cannot see. */
  #onChange(kind: NodeKind, id: NodeId): void {
    const key = keyOf(kind, id);
    const node = this.options.nodes.get(kind, id);
    if (node !== null) {
      this.#fresh.report(key, node.load);
      if (node.draining) this.#draining.add(key);
      else this.#draining.delete(key);
      return;
    }
    this.#fresh.forget(key);
    const drained = this.#draining.delete(key);
    if (!drained && this.options.nodes.unhealthy() === null) this.noteFailed(kind, id);
  }
}

function keyOf(kind: NodeKind, id: NodeId): string {
  return `${kind}/${id}`;
}
