import assert from "node:assert/strict";
import fc from "fast-check";
import type { NodeInfo } from "../../src/contracts/node.ts";
import { whyNoNode } from "../../src/control/resources/no_node.ts";
import { type Candidate, pick, refusal } from "../../src/control/resources/pick.ts";

function candidate(
  id: string,
  node: Partial<NodeInfo> = {},
  rest: Partial<Omit<Candidate, "node">> = {},
): Candidate {
  return {
    node: {
      id,
      kind: "mixer",
      version: "0.1.0",
      url: "http://127.0.0.1:1",
      capacity: 10,
      load: 0,
      draining: false,
      unhealthy: null,
      startedAt: 0,
      ...node,
    },
    fresh: 0,
    recentlyFailed: false,
    condemned: false,
    ...rest,
  };
}

const candidates = fc.array(
  fc.record({
    capacity: fc.nat(5),
    load: fc.nat(6),
    draining: fc.boolean(),
    unhealthy: fc.constantFrom(null, "no FFmpeg"),
    fresh: fc.nat(3),
    recentlyFailed: fc.boolean(),
  }),
  { maxLength: 8 },
).map((nodes) =>
  nodes.map(({ fresh, recentlyFailed, ...node }, i) =>
    candidate(`n${i}`, node, { fresh, recentlyFailed })
  )
);
const randoms = fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), {
  minLength: 2,
  maxLength: 2,
});

Deno.test("pick() never takes a node that is full, draining or unhealthy, and takes one if any is left", () => {
  fc.assert(fc.property(candidates, randoms, (given, numbers) => {
    const random = (() => {
      let i = 0;
      return () => numbers[i++] ?? 0;
    })();
    const picked = pick(given, random);
    const able = given.filter((one) => refusal(one) === null);
    if (picked === null) {
      assert.equal(able.length, 0);
      return;
    }
    const chosen = able.find(({ node }) => node === picked);
    assert.ok(chosen);
    if (chosen.recentlyFailed) assert.ok(able.every(({ recentlyFailed }) => recentlyFailed));
  }));
});

Deno.test("pick() takes the less loaded of two by share of capacity, counting what was just placed", () => {
  const big = candidate("big", { capacity: 100, load: 20 });
  const small = candidate("small", { capacity: 10, load: 1 }, { fresh: 2 });
  for (const first of [0, 0.99]) {
    assert.equal(pick([big, small], () => first)?.id, "big");
  }
});

Deno.test("pick() comes nearer to even than one random choice when many rooms start", () => {
  const load = new Map(Array.from({ length: 20 }, (_, i) => [`n${i}`, 0]));
  for (let room = 0; room < 2000; room++) {
    const given = [...load].map(([id, rooms]) => candidate(id, { capacity: 1000, load: rooms }));
    const id = pick(given)?.id ?? "";
    load.set(id, (load.get(id) ?? 0) + 1);
  }
  assert.ok(Math.max(...load.values()) <= 110, `most loaded: ${Math.max(...load.values())}`);
});

Deno.test("whyNoNode() says in words what is wrong with the nodes there are", () => {
  assert.equal(whyNoNode("mixer", []), "no mixer node is alive");
  assert.equal(whyNoNode("janus", []), "no Janus node is alive");
  const full = candidate("a", { load: 8 }, { fresh: 2 });
  const draining = candidate("b", { draining: true });
  const ill = candidate("c", { unhealthy: "Janus cannot be reached" });
  assert.equal(whyNoNode("mixer", [full, draining]), "2 mixers alive, 1 draining, 1 full");
  assert.equal(
    whyNoNode("janus", [ill]),
    "1 Janus node alive, 1 unhealthy (Janus cannot be reached)",
  );
});
