import assert from "node:assert/strict";
import { Sweep, type Swept } from "../../src/media/mixer/sweep.ts";
import { silentLog } from "../../src/platform/log.ts";

function kind(there: Set<string>, wanted: Set<string>, change: Partial<Swept> = {}): Swept {
  return {
    what: "pipe",
    found: () => Promise.resolve([...there]),
    wanted: () => wanted,
    remove: (name) => Promise.resolve(void there.delete(name)),
    ...change,
  };
}

Deno.test("Sweep removes what nobody wanted in two rounds, and nothing that came meanwhile", async () => {
  const there = new Set(["used", "stray"]);
  const wanted = new Set(["used"]);
  const sweep = new Sweep([kind(there, wanted)], silentLog());
  await sweep.round();
  assert.deepEqual([...there], ["used", "stray"], "it may be about to be used");
  there.add("fresh");
  await sweep.round();
  assert.deepEqual([...there], ["used", "fresh"]);
  wanted.add("fresh");
  await sweep.round();
  assert.deepEqual([...there], ["used", "fresh"]);
});

Deno.test("Sweep removes at once what is there before anything can be wanted", async () => {
  const there = new Set(["left"]);
  await new Sweep([kind(there, new Set())], silentLog()).round({ atOnce: true });
  assert.deepEqual([...there], []);
});

Deno.test("Sweep goes on to the next kind when one cannot be looked at or removed", async () => {
  const there = new Set(["left"]);
  const fails = () => Promise.reject(new Error("no such folder"));
  const kinds = [
    kind(new Set(), new Set(), { found: fails }),
    kind(new Set(["x"]), new Set(), { remove: fails }),
    kind(there, new Set(), { what: "port" }),
  ];
  await new Sweep(kinds, silentLog()).round({ atOnce: true });
  assert.deepEqual([...there], []);
});
