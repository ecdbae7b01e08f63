import assert from "node:assert/strict";
import { AppError } from "../../src/contracts/errors.ts";
import type { NodeInfo, NodeKind } from "../../src/contracts/node.ts";
import { FRESH_MS } from "../../src/control/resources/fresh_placements.ts";
import {
  CALM_MS,
  FAILURE_MEMORY_MS,
  type Nodes,
  ResourceManager,
} from "../../src/control/resources/resource_manager.ts";

/** The nodes as a list in memory: the port that NodeStore fills from etcd. */
class NodeList implements Nodes {
  readonly #nodes = new Map<string, NodeInfo>();
  #listener: (kind: NodeKind, id: string) => void = () => {};
  blind = false;

  list(kind: NodeKind): NodeInfo[] {
    return [...this.#nodes.values()].filter((node) => node.kind === kind);
  }
  get(_kind: NodeKind, id: string): NodeInfo | null {
    return this.#nodes.get(id) ?? null;
  }
  onChange(listener: (kind: NodeKind, id: string) => void): () => void {
    this.#listener = listener;
    return () => {};
  }
  unhealthy(): string | null {
    return this.blind ? "etcd cannot be reached" : null;
  }
  put(id: string, rest: Partial<NodeInfo> = {}): void {
    const url = "http://127.0.0.1:1";
    const base = { id, kind: "mixer" as const, version: "0", url, capacity: 2, load: 0 };
    this.#nodes.set(id, { ...base, draining: false, unhealthy: null, startedAt: 0, ...rest });
    this.#listener("mixer", id);
  }
  drop(id: string): void {
    this.#nodes.delete(id);
    this.#listener("mixer", id);
  }
}

function setUp() {
  const nodes = new NodeList();
  const clock = { now: 1_000_000 };
  const manager = new ResourceManager({ nodes, now: () => clock.now });
  return { nodes, clock, manager };
}

const full = (err: unknown) => err instanceof AppError && err.code === "no_capacity";

Deno.test("pickMixer() counts a placement until the node's own load tells of it", () => {
  const { nodes, manager } = setUp();
  nodes.put("m1");
  manager.pickMixer();
  manager.pickMixer();
  assert.throws(() => manager.pickMixer(), full);
  nodes.put("m1", { load: 1 });
  assert.throws(() => manager.pickMixer(), full);
  nodes.put("m1", { load: 2 });
  assert.throws(() => manager.pickMixer(), full);
  nodes.put("m1", { load: 1 });
  assert.equal(manager.pickMixer().node.id, "m1");
});

Deno.test("pickMixer() forgets a placement that was released, or that no load report told of in time", () => {
  const { nodes, clock, manager } = setUp();
  nodes.put("m1");
  const placement = manager.pickMixer();
  manager.pickMixer();
  placement.release();
  placement.release();
  manager.pickMixer();
  assert.throws(() => manager.pickMixer(), full);
  clock.now += FRESH_MS;
  assert.equal(manager.pickMixer().node.id, "m1");
});

Deno.test("pickMixer() avoids a node that just went, for a minute, unless it is the only one", () => {
  const { nodes, clock, manager } = setUp();
  nodes.put("m1", { capacity: 1000 });
  nodes.drop("m1");
  nodes.put("m1", { capacity: 1000 });
  assert.equal(manager.pickMixer().node.id, "m1");
  nodes.put("m2", { capacity: 1000, load: 900 });
  for (let i = 0; i < 20; i++) assert.equal(manager.pickMixer().node.id, "m2");
  clock.now += FAILURE_MEMORY_MS;
  assert.equal(manager.pickMixer().node.id, "m1");
});

Deno.test("recentlyFailed() holds nothing against a node that drained, or went while etcd was away", () => {
  const { nodes, manager } = setUp();
  nodes.put("m1", { draining: true });
  nodes.drop("m1");
  assert.equal(manager.recentlyFailed("mixer", "m1"), false);
  nodes.put("m2");
  nodes.blind = true;
  nodes.drop("m2");
  assert.equal(manager.recentlyFailed("mixer", "m2"), false);
});

Deno.test("find() moves nothing to a node just found dead by others, unless it has begun anew", () => {
  const { nodes, clock, manager } = setUp();
  nodes.put("m1", { startedAt: 1, capacity: 9 });
  manager.noteCondemned("mixer", "m1");
  assert.equal(manager.find("mixer"), null);
  assert.equal(manager.pickMixer().node.id, "m1");
  nodes.put("m1", { startedAt: 2, capacity: 9 });
  assert.equal(manager.find("mixer")?.node.id, "m1");
  manager.noteCondemned("mixer", "m1");
  clock.now += CALM_MS;
  assert.equal(manager.find("mixer")?.node.id, "m1");
  assert.equal(manager.find("mixer", ["m1"]), null);
});
