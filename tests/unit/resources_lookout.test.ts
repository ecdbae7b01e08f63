import assert from "node:assert/strict";
import type { Suspicion } from "../../src/contracts/faults.ts";
import type { NodeInfo, NodeKind } from "../../src/contracts/node.ts";
import { DISTRUST_MS, Lookout, RENEWAL_MS } from "../../src/control/resources/lookout.ts";
import { ILL_MS, SETTLE_MS } from "../../src/control/resources/standing.ts";
import { AT_ONCE_MS } from "../../src/control/resources/vanishing.ts";
import { silentLog } from "../../src/platform/log.ts";

type Listener = (kind: NodeKind, id: string) => void;

/** What stores tell, in memory: the ports that etcd fills. */
class Site {
  readonly #nodes = new Map<string, NodeInfo>();
  readonly #listeners: Listener[] = [];
  readonly #witnesses: Listener[] = [];
  readonly #suspicions = new Map<string, Suspicion[]>();
  readonly lookout: Lookout;
  now = 1_000_000;
  away: string | null = null;
  relists = 0;
  silentMs = 0;
  readonly nodes = {
    synced: true,
    rollbacks: 0,
    unhealthy: () => this.away,
    relist: () => void this.relists++,
    get: (_kind: NodeKind, id: string) => this.#nodes.get(id) ?? null,
    list: (kind: NodeKind) => [...this.#nodes.values()].filter((node) => node.kind === kind),
    onChange: (listener: Listener) => {
      this.#listeners.push(listener);
      return () => {};
    },
  };

  constructor(...mixers: string[]) {
    for (const id of mixers) this.put(id);
    this.lookout = new Lookout({
      nodes: this.nodes,
      rooms: { ...this.nodes, rollbacks: 0 },
      suspicions: {
        against: (_kind, id) => this.#suspicions.get(id) ?? [],
        onChange: (listener) => {
          this.#witnesses.push(listener);
          return () => {};
        },
      },
      silentMs: () => this.silentMs,
      log: silentLog(),
      now: () => this.now,
    });
    this.now += RENEWAL_MS;
  }

  put(id: string, rest: Partial<NodeInfo> = {}): void {
    const url = "http://127.0.0.1:1";
    const base = { id, kind: "mixer" as const, version: "0", url, capacity: 2, load: 0 };
    this.#nodes.set(id, { ...base, draining: false, unhealthy: null, startedAt: 0, ...rest });
    this.#tell(id);
  }

  drop(...ids: string[]): void {
    for (const id of ids) {
      this.#nodes.delete(id);
      this.#tell(id);
    }
  }

  suspect(id: string, ...witnesses: Suspicion["witness"][]): void {
    this.#suspicions.set(
      id,
      witnesses.map((witness) => ({ witness, reason: "no answer", since: 0 })),
    );
    for (const witness of this.#witnesses) witness("mixer", id);
  }

  standing(id: string): string {
    return this.lookout.judge("mixer", id).standing;
  }

  #tell(id: string): void {
    for (const listener of this.#listeners) listener("mixer", id);
  }
}

Deno.test("judge() takes a node for dead by its lease only when that has been gone a moment", () => {
  const site = new Site("m1", "m2");
  site.drop("m1");
  assert.deepEqual([site.standing("m1"), site.standing("m2")], ["missing", "fit"]);
  site.now += SETTLE_MS;
  assert.equal(site.standing("m1"), "dead");
  site.put("m1");
  assert.equal(site.standing("m1"), "fit");
});

Deno.test("judge() believes suspicions only of witnesses of both trades", () => {
  const site = new Site("m1", "m2");
  site.suspect("m1", "edge", "edge");
  assert.equal(site.standing("m1"), "fit");
  site.suspect("m1", "edge", "janus");
  assert.deepEqual(site.lookout.judge("mixer", "m1"), {
    standing: "dead",
    why: "suspected",
    againMs: null,
  });
});

Deno.test("judge() calls a node ill when it has said so for long enough, and says when that will be", () => {
  const site = new Site("m1");
  site.put("m1", { unhealthy: "no FFmpeg" });
  site.now += 500;
  assert.deepEqual(site.lookout.judge("mixer", "m1"), {
    standing: "fit",
    why: null,
    againMs: ILL_MS - 500,
  });
  site.now += ILL_MS - 500;
  assert.equal(site.standing("m1"), "ill");
  site.put("m1");
  assert.equal(site.standing("m1"), "fit");
});

Deno.test("hold() lasts while one is blind; then no node is dead until leases could be renewed", () => {
  const site = new Site("m1", "m2");
  assert.equal(site.lookout.hold(), null);
  site.drop("m1");
  site.suspect("m2", "edge", "janus");
  site.now += SETTLE_MS;
  assert.deepEqual([site.standing("m1"), site.standing("m2")], ["dead", "dead"]);
  site.away = "etcd cannot be reached";
  assert.equal(site.lookout.hold()?.why, "etcd cannot be reached");
  site.away = null;
  site.now += RENEWAL_MS - 1;
  assert.equal(site.lookout.hold(), null);
  assert.deepEqual([site.standing("m1"), site.standing("m2")], ["missing", "missing"]);
  site.now += SETTLE_MS;
  assert.deepEqual([site.standing("m1"), site.standing("m2")], ["dead", "dead"]);
});

Deno.test("hold() knows of a silence of etcd that a watch did not show, while it lasts", () => {
  const site = new Site("m1", "m2");
  site.silentMs = 2500;
  assert.equal(site.lookout.hold()?.why, "etcd does not answer");
  site.silentMs = 0;
  assert.equal(site.lookout.hold(), null);
});

Deno.test("judge() takes no node for dead soon after etcd was silent, or after the start", () => {
  const site = new Site("m1", "m2");
  site.suspect("m1", "edge", "janus");
  assert.equal(site.standing("m1"), "dead");
  site.lookout.heard(300);
  assert.equal(site.standing("m1"), "dead");
  site.lookout.heard(6000);
  assert.deepEqual(site.lookout.judge("mixer", "m1"), {
    standing: "missing",
    why: "suspected",
    againMs: RENEWAL_MS,
  });
  const fresh = new Site("m1", "m2");
  fresh.now -= RENEWAL_MS;
  fresh.suspect("m1", "edge", "janus");
  assert.deepEqual([fresh.standing("m1"), fresh.lookout.hold()], ["missing", null]);
});

Deno.test("hold() begins, and all is listed again, when most of three or more nodes vanish at once", () => {
  const site = new Site("m1", "m2", "m3", "m4");
  site.drop("m1", "m2");
  assert.equal(site.lookout.hold(), null);
  site.drop("m3");
  assert.deepEqual(site.lookout.hold(), {
    why: "most media nodes vanished at once",
    leftMs: DISTRUST_MS,
  });
  assert.ok(site.relists > 0);
  site.now += DISTRUST_MS;
  assert.equal(site.lookout.hold(), null);
  assert.equal(site.standing("m3"), "dead");
});

Deno.test("hold() does not begin for nodes that go one after the other, drain first, or are two", () => {
  const slow = new Site("m1", "m2", "m3");
  slow.drop("m1");
  slow.now += AT_ONCE_MS + 1;
  slow.drop("m2");
  assert.equal(slow.lookout.hold(), null);
  const drained = new Site("m1", "m2", "m3");
  for (const id of ["m1", "m2"]) drained.put(id, { draining: true });
  drained.drop("m1", "m2");
  assert.equal(drained.lookout.hold(), null);
  const two = new Site("m1", "m2");
  two.drop("m1", "m2");
  assert.equal(two.lookout.hold(), null);
});

Deno.test("hold() begins once for each time that etcd went back", () => {
  const site = new Site("m1");
  site.nodes.rollbacks = 1;
  assert.equal(site.lookout.hold()?.leftMs, DISTRUST_MS);
  site.now += DISTRUST_MS;
  assert.equal(site.lookout.hold(), null);
});

Deno.test("onChange() tells of what changes how a node stands, and not of its load", () => {
  const site = new Site("m1");
  const told: string[] = [];
  site.lookout.onChange((_kind, id) => void told.push(id));
  site.put("m1", { load: 1 });
  assert.deepEqual(told, []);
  site.put("m1", { draining: true });
  site.drop("m1");
  assert.deepEqual(told, ["m1", "m1"]);
});
