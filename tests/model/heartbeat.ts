import { nodeKey } from "../../src/contracts/keys.ts";
import type { NodeInfo } from "../../src/contracts/node.ts";
import { NODE_TTL_S } from "../../src/workers/heartbeat.ts";
import type { LeasedKeys } from "./leased_keys.ts";

const TTL_MS = NODE_TTL_S * 1000;

/** Keeps a node's key as the heartbeat worker does: a keepalive every third of its time, its value when it changed. */
export class Heartbeat {
  readonly #timer: ReturnType<typeof setInterval>;
  #written = "";

  /** @param reachable Whether etcd can be reached now. */
  constructor(
    private readonly leases: LeasedKeys,
    private readonly info: () => NodeInfo,
    private readonly reachable: () => boolean,
  ) {
    this.#timer = setInterval(() => this.#beat(), TTL_MS / 3);
    this.#beat();
  }

  /** Writes the node's value if it changed. */
  refresh(): void {
    const value = JSON.stringify(this.info());
    if (value !== this.#written) this.#beat();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #beat(): void {
    if (!this.reachable()) return;
    const info = this.info();
    const value = JSON.stringify(info);
    const key = nodeKey(info.kind, info.id);
    if (value === this.#written && this.leases.renew(key)) return;
    this.leases.put(key, value, TTL_MS);
    this.#written = value;
  }
}
