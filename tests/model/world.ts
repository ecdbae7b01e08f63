import type { Log } from "../../src/platform/log.ts";
import { FaultyStore } from "./faulty_store.ts";
import { LeasedKeys } from "./leased_keys.ts";
import { MemoryEtcd } from "./memory_etcd.ts";
import { MemoryStore } from "./memory_store.ts";
import { Network } from "./network.ts";

/** What all processes of a model share. */
export class World {
  readonly etcd = new MemoryEtcd();
  readonly leases = new LeasedKeys(this.etcd);
  readonly network: Network;
  /** What did not hold, in words, the first first. */
  readonly broken: string[] = [];
  readonly #memory = new MemoryStore(this.etcd);

  /**
   * @param random Gives numbers in [0, 1).
   * @param now Unix time in ms.
   */
  constructor(readonly random: () => number, readonly now: () => number, readonly log: Log) {
    this.network = new Network((what) => this.break(what));
  }

  /** A process's way to the store. */
  link(): FaultyStore {
    return new FaultyStore(this.#memory, this.random);
  }

  /** An invariant does not hold. */
  break(what: string): void {
    if (!this.broken.includes(what)) this.broken.push(what);
  }
}
