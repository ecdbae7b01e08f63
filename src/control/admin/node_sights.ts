import type { StandingName } from "../../contracts/admin.ts";
import type { NodeId, RoomId } from "../../contracts/ids.ts";
import { nodeKey, NODES_PREFIX, parseNodeKey } from "../../contracts/keys.ts";
import type { NodeKind } from "../../contracts/node.ts";
import type { DrainedNode, DrainStore } from "../../coordination/drains.ts";
import type { NodeStore } from "../../coordination/nodes.ts";
import type { SuspicionStore } from "../../coordination/suspicions.ts";
import type { Lookout } from "../resources/lookout.ts";
import type { ResourceManager } from "../resources/resource_manager.ts";
import type { NodeSight } from "./node_view.ts";

export interface NodeSightsOptions {
  readonly nodes: Pick<NodeStore, "get" | "list">;
  readonly drains: Pick<DrainStore, "get" | "list">;
  readonly suspicions: Pick<SuspicionStore, "against">;
  readonly lookout: Pick<Lookout, "hold" | "judge">;
  readonly resources: Pick<ResourceManager, "recentlyFailed">;
  /** How long (s) the lease of a key would last; null when nobody knows. */
  readonly leaseLeftS: (key: string) => Promise<number | null>;
}

/** Of more nodes than this, nobody is asked how long their leases last: it takes two calls to etcd each. */
const MOST_LEASES = 50;

/** Puts together what is known of each node. */
export class NodeSights {
  constructor(private readonly options: NodeSightsOptions) {}

  /** Why no room is moved; null when rooms are. */
  hold(): string | null {
    return this.options.lookout.hold()?.why ?? null;
  }

  knows(kind: NodeKind, id: NodeId): boolean {
    return this.options.nodes.get(kind, id) !== null;
  }

  standing(kind: NodeKind, id: NodeId): StandingName {
    const { lookout, nodes } = this.options;
    const { standing } = lookout.judge(kind, id);
    // Placement gives a node that is ill a moment before it believes that; people are told at once.
    const info = nodes.get(kind, id);
    return standing === "fit" && info !== null && info.unhealthy !== null ? "ill" : standing;
  }

  /**
   * Every node: those alive, those under an order, and those that are gone while live rooms name them.
   *
   * @param rooms The live rooms that name each, by `kind/id`.
   */
  async all(rooms: ReadonlyMap<string, readonly RoomId[]>): Promise<NodeSight[]> {
    const { nodes, drains } = this.options;
    const named = new Map<string, DrainedNode>();
    const alive = [...nodes.list("janus"), ...nodes.list("mixer")];
    for (const { kind, id } of [...alive, ...drains.list()]) {
      named.set(`${kind}/${id}`, { kind, id });
    }
    for (const name of rooms.keys()) {
      const node = parseNodeKey(`${NODES_PREFIX}${name}`);
      if (node !== null) named.set(name, node);
    }
    const ordered = [...named].toSorted(([a], [b]) => compareNames(a, b));
    const askLease = ordered.length <= MOST_LEASES;
    return await Promise.all(ordered.map(([, node]) => this.#sight(node, rooms, askLease)));
  }

  one(node: DrainedNode, rooms: ReadonlyMap<string, readonly RoomId[]>): Promise<NodeSight> {
    return this.#sight(node, rooms, true);
  }

  async #sight(
    { kind, id }: DrainedNode,
    rooms: ReadonlyMap<string, readonly RoomId[]>,
    askLease: boolean,
  ): Promise<NodeSight> {
    const { nodes, drains, suspicions, resources, leaseLeftS } = this.options;
    const info = nodes.get(kind, id);
    return {
      kind,
      id,
      info,
      standing: this.standing(kind, id),
      order: drains.get(kind, id),
      suspicions: suspicions.against(kind, id),
      leaseLeftS: info !== null && askLease ? await leaseLeftS(nodeKey(kind, id)) : null,
      recentlyFailed: resources.recentlyFailed(kind, id),
      rooms: rooms.get(`${kind}/${id}`) ?? [],
    };
  }
}

/** mixer-2 comes before mixer-10. */
function compareNames(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}
