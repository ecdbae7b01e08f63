import {
  NODES_PREFIX,
  ROOMS_PREFIX,
  suspicionKey,
  SUSPICIONS_PREFIX,
} from "../../src/contracts/keys.ts";
import { NODE_TTL_S } from "../../src/workers/heartbeat.ts";
import type { Log } from "../../src/platform/log.ts";
import { Callers } from "./callers.ts";
import { JanusNode } from "./janus_node.ts";
import type { Snapshot } from "./memory_etcd.ts";
import { MixerNode } from "./mixer_node.ts";
import { RoomsNode } from "./rooms_node.ts";
import { seededRandom } from "./random.ts";
import { Truth } from "./truth.ts";
import { VirtualTime } from "./virtual_time.ts";
import { World } from "./world.ts";

/** The rooms of a site. */
export const ROOMS = ["room-a", "room-b"] as const;

/** A whole site in memory: real reconcilers on a store, machines, a network and a time of the model's. */
export class Site {
  readonly time: VirtualTime;
  readonly world: World;
  readonly truth: Truth;
  readonly callers: Callers;
  readonly managers: readonly RoomsNode[];
  readonly januses: readonly JanusNode[];
  readonly mixers: readonly MixerNode[];
  /** Something happened for which rooms may be moved. */
  excused = false;
  #snapshot: Snapshot | null = null;
  readonly #uninstall: () => void;

  constructor(seed: number, log: Log) {
    const random = seededRandom(seed);
    this.time = new VirtualTime(random);
    this.#uninstall = this.time.install();
    const world = this.world = new World(random, () => this.time.now, log);
    this.truth = new Truth(world);
    this.callers = new Callers(world, ROOMS);
    const ended = (room: string, live: string) => this.truth.ended(room, live);
    // Sites differ: in small ones the same nodes and ports are used again sooner.
    const count = (most: number) => upTo(1 + Math.floor(random() * most));
    this.januses = count(2).map((n) => new JanusNode(world, `j${n}`, `10.0.1.${n}`));
    this.mixers = count(3).map((n) => new MixerNode(world, `m${n}`, `10.0.2.${n}`, ended));
    this.managers = count(2).map((n) => new RoomsNode(world, `c${n}`));
  }

  /** Every media node. */
  get nodes(): readonly (JanusNode | MixerNode)[] {
    return [...this.januses, ...this.mixers];
  }

  /** Every process that speaks to etcd. */
  get processes(): readonly (JanusNode | MixerNode | RoomsNode)[] {
    return [...this.nodes, ...this.managers];
  }

  janus(id: string): JanusNode | undefined {
    return this.januses.find((one) => one.id === id);
  }

  mixer(id: string): MixerNode | undefined {
    return this.mixers.find((one) => one.id === id);
  }

  manager(id: string): RoomsNode | undefined {
    return this.managers.find((one) => one.id === id);
  }

  node(id: string): JanusNode | MixerNode | undefined {
    return this.janus(id) ?? this.mixer(id);
  }

  process(id: string): JanusNode | MixerNode | RoomsNode | undefined {
    return this.node(id) ?? this.manager(id);
  }

  /** etcd is away from all. */
  etcdDown(): void {
    this.world.leases.suspend();
    for (const { link } of this.processes) link?.cut();
  }

  /** etcd is there again, and gives each lease its full time. */
  etcdUp(): void {
    this.world.leases.afterRestart([NODES_PREFIX, SUSPICIONS_PREFIX], NODE_TTL_S * 1000);
    for (const { link } of this.processes) link?.heal();
  }

  /** All history is forgotten under those who watch. */
  compact(): void {
    this.world.etcd.compact();
    for (const { link } of this.processes) link?.breakWatches();
  }

  /** Every lease runs out at once. Of two nodes one cannot tell whether that can be true. */
  loseLeases(): void {
    if (this.nodes.length < 3) this.excused = true;
    this.world.leases.expireAll();
  }

  /** Remembers etcd's data as they are. */
  remember(): void {
    this.#snapshot = this.world.etcd.snapshot();
  }

  /** etcd's data go back to what was last remembered. */
  rollBack(): void {
    if (this.#snapshot === null) return;
    this.world.etcd.restore(this.#snapshot);
    this.#snapshot = null;
    this.excused = true;
    for (const ledger of this.callers.ledgers.values()) ledger.forgetAll();
    this.truth.restart();
    this.world.leases.afterRestart([NODES_PREFIX, SUSPICIONS_PREFIX], NODE_TTL_S * 1000);
  }

  /** Somebody finds a mixer dead, rightly or not. */
  suspect(mixerId: string, witness: "edge" | "janus"): void {
    const key = suspicionKey("mixer", mixerId, `${witness}-1`);
    const since = this.time.now;
    this.world.leases.put(key, JSON.stringify({ witness, reason: "no answer", since }), 6000);
  }

  keys(): string[] {
    return this.world.etcd.list(ROOMS_PREFIX).entries.map(({ key, value }) => `${key} ${value}`);
  }

  /** Ends everything, and gives the process its own time back. */
  async close(): Promise<void> {
    for (const process of this.processes) process.kill();
    await this.time.advance(0);
    this.#uninstall();
  }
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
