import assert from "node:assert/strict";
import { sumSamples } from "../../src/control/admin/sum_samples.ts";
import { Audience } from "../../src/gateway/edge/audience.ts";

Deno.test("Audience counts a listener for as long as each playlist lasts, and begins anew with each sample", () => {
  const audience = new Audience();
  // In 10 s: one who asks for every part, and one who asks every 2 s.
  for (let part = 0; part < 50; part++) audience.heard(200);
  for (let segment = 0; segment < 5; segment++) audience.heard(2000);
  audience.came(-3);
  audience.came(40);
  assert.deepEqual(audience.take(10_000), {
    ...{ listeners: 2, parts: 2, lateSumMs: 40, lateMaxMs: 40, standIns: 0 },
  });
  assert.equal(audience.take(5000).listeners, 0);
});

Deno.test("sumSamples() adds edges up, and weighs lateness by the parts that were late", () => {
  const sample = (parts: number, lateSumMs: number, lateMaxMs: number, listeners = 2) => ({
    ...{ parts, lateSumMs, lateMaxMs, listeners },
    standIns: 1,
  });
  const stats = sumSamples(5000, [
    {
      id: "a",
      version: "1",
      here: true,
      samples: new Map([[0, sample(1, 90, 90)], [5000, sample(2, 40, 30)]]),
    },
    { id: "b", version: "1", here: true, samples: new Map([[5000, sample(8, 60, 20)]]) },
    { id: "idle", version: "1", here: true, samples: new Map([[5000, sample(0, 0, 0, 0)]]) },
    { id: "gone", version: "1", here: false, samples: new Map([[0, sample(0, 0, 0, 0)]]) },
  ]);
  assert.deepEqual(
    stats.samples.map(({ listeners, lateMeanMs, lateMaxMs, edges, standIns }) => [
      ...[listeners, lateMeanMs, lateMaxMs, edges, standIns],
    ]),
    [[2, 90, 90, 2, 2], [4, 10, 30, 3, 3]],
  );
  assert.deepEqual(stats.edges.map(({ id, lateMaxMs }) => [id, lateMaxMs]), [
    ["a", 30],
    ["b", 20],
    ["idle", null],
  ]);
  assert.deepEqual(sumSamples(5000, []), { stepMs: 5000, samples: [], edges: [] });
});
