import type { DrainOrder } from "./contracts/faults.ts";
import type { NodeId } from "./contracts/ids.ts";
import type { NodeKind } from "./contracts/node.ts";
import { DrainStore } from "./coordination/drains.ts";
import { connectEtcd, EtcdStore } from "./coordination/etcd.ts";
import { etcdAccess } from "./coordination/etcd_access.ts";
import type { Config } from "./platform/config.ts";
import { inTime } from "./platform/in_time.ts";
import type { Running } from "./platform/lifecycle.ts";
import type { Log } from "./platform/log.ts";

/** How long (ms) taking the orders away may take: an ending process does not wait for an etcd that is away. */
const CANCEL_LIMIT_MS = 1500;

/** What operators want of this process's media nodes. */
export class DrainOrders implements Running {
  readonly #store: EtcdStore;
  readonly #drains: DrainStore;
  readonly #first = Promise.withResolvers<DrainOrder>();
  readonly #id: NodeId;

  /** @param kinds The kinds of media node that this process is. */
  constructor(private readonly kinds: readonly NodeKind[], config: Config, log: Log) {
    this.#id = config.ROOMCAST_NODE_ID;
    this.#store = new EtcdStore(connectEtcd(etcdAccess(config)));
    this.#drains = new DrainStore({ store: this.#store, log });
    this.#drains.onChange(() => this.#look());
    // While etcd is away there are no orders: the process runs on.
    this.#drains.start().catch(() => {});
  }

  /** Resolves with the first order for one of the nodes. */
  get first(): Promise<DrainOrder> {
    return this.#first.promise;
  }

  /** Takes the orders away, so that the nodes are not drained again when they come back; then stops. */
  async stop(): Promise<void> {
    const orders = this.kinds.filter((kind) => this.#drains.get(kind, this.#id) !== null);
    const cancels = Promise.all(orders.map((kind) => this.#drains.cancel(kind, this.#id)));
    await inTime(cancels, CANCEL_LIMIT_MS, "etcd does not answer").catch(() => {});
    const stopping = this.#drains.stop();
    await this.#store.stop();
    await stopping;
  }

  #look(): void {
    for (const kind of this.kinds) {
      const order = this.#drains.get(kind, this.#id);
      if (order !== null) this.#first.resolve(order);
    }
  }
}
