import type { NodeId } from "./contracts/ids.ts";
import { NODES_PREFIX, parseNodeKey } from "./contracts/keys.ts";
import type { NodeInfo } from "./contracts/node.ts";
import { type DrainedNode, DrainStore } from "./coordination/drains.ts";
import { connectEtcd, EtcdStore } from "./coordination/etcd.ts";
import { etcdAccess } from "./coordination/etcd_access.ts";
import { NodeStore } from "./coordination/nodes.ts";
import type { Config } from "./platform/config.ts";
import { inTime } from "./platform/in_time.ts";
import { Lifecycle } from "./platform/lifecycle.ts";
import { silentLog } from "./platform/log.ts";
import { DrainProgress } from "./drain_progress.ts";

/** How long (ms) etcd may take to answer. */
const ETCD_LIMIT_MS = 5000;

/** How long (ms) a node may take to end after its deadline. */
const END_LIMIT_MS = 15_000;

/** A node as people write it: `mixer/mixer-1`. Null when it is none. */
export function nodeNamed(text: string): DrainedNode | null {
  return parseNodeKey(`${NODES_PREFIX}${text}`);
}

/**
 * Orders a node to be emptied, and says in lines how it goes, until it has ended or did not in time.
 *
 * @param deadlineS How long (s) the node may take; it ends then with what it has.
 * @returns Whether it has ended, with no room left.
 * @throws Error in one readable line when etcd does not answer, or there is no such node.
 */
export async function drain(
  node: DrainedNode,
  deadlineS: number,
  config: Config,
  print: (line: string) => void,
): Promise<boolean> {
  return await withStores("drain", node, config, async ({ nodes, drains }) => {
    const { kind, id } = node;
    const found = nodes.get(kind, id);
    if (found === null) throw new Error(`There is no ${kind}/${id}${whoIs(nodes)}`);
    await drains.order(kind, id, { orderedAt: Date.now(), deadlineS });
    const progress = new DrainProgress({ node, nodes, print, found });
    const limitMs = deadlineS * 1000 + END_LIMIT_MS;
    const outcome = await progress.follow(limitMs, nodes.list(kind).filter(isOther(id)));
    if (outcome === "still there") {
      print(
        `${kind}/${id} is still there: its order stands; roomcast undrain ${kind}/${id} takes it back`,
      );
      return false;
    }
    await drains.cancel(kind, id);
    return outcome === "empty";
  });
}

/**
 * Takes an order to drain a node back.
 *
 * @throws Error in one readable line when etcd does not answer.
 */
export async function undrain(
  node: DrainedNode,
  config: Config,
  print: (line: string) => void,
): Promise<boolean> {
  return await withStores("undrain", node, config, async ({ nodes, drains }) => {
    const { kind, id } = node;
    const name = `${kind}/${id}`;
    if (!await drains.cancel(kind, id)) {
      print(`${name} was under no order to drain`);
      return true;
    }
    print(
      nodes.get(kind, id)?.draining === true
        ? `${name}: the order is taken back; the node has begun to drain, and still ends`
        : `${name}: the order is taken back`,
    );
    return true;
  });
}

interface Stores {
  readonly nodes: NodeStore;
  readonly drains: DrainStore;
}

async function withStores<T>(
  what: string,
  { kind, id }: DrainedNode,
  config: Config,
  work: (stores: Stores) => Promise<T>,
): Promise<T> {
  const log = silentLog();
  const parts = new Lifecycle(log);
  const store = parts.add("etcd", new EtcdStore(connectEtcd(etcdAccess(config))));
  const nodes = parts.add("nodes", new NodeStore({ store, log }));
  const drains = parts.add("drains", new DrainStore({ store, log }));
  const hosts = config.ROOMCAST_ETCD.join(", ");
  try {
    await inTime(
      Promise.all([nodes.start(), drains.start()]),
      ETCD_LIMIT_MS,
      `Cannot ${what} ${kind}/${id}: etcd does not answer at ${hosts}`,
    );
    return await work({ nodes, drains });
  } finally {
    await parts.stop();
  }
}

function isOther(id: NodeId): (node: NodeInfo) => boolean {
  return (node) => node.id !== id;
}

/** Who there is instead, for somebody who mistyped. */
function whoIs(nodes: NodeStore): string {
  const names = (["janus", "mixer"] as const).flatMap((kind) =>
    nodes.list(kind).map(({ id }) => `${kind}/${id}`)
  );
  return names.length === 0 ? ": no node is alive" : `; alive are ${names.sort().join(", ")}`;
}
