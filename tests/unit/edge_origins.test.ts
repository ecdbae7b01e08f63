import assert from "node:assert/strict";
import type { MixerObserved } from "../../src/contracts/room.ts";
import { originsOf } from "../../src/gateway/edge/origins.ts";

const LIVE = { liveId: "live0001", mixerId: "mixer-1", standbyId: "mixer-2" };

function key(mixerId: string, change: Partial<MixerObserved> = {}): MixerObserved {
  return {
    epoch: 1,
    mixerId,
    liveId: "live0001",
    status: "on_air",
    ip: "127.0.0.1",
    port: 30_000,
    origin: `http://${mixerId}:3001`,
    ...change,
  };
}

function named(...args: Parameters<typeof originsOf>): string[] {
  return originsOf(...args).named.map(({ mixerId }) => mixerId);
}

Deno.test("originsOf() gives the mixers that livemeta names, the primary first, whatever their keys' epochs", () => {
  const keys = { mixer: key("mixer-1", { epoch: 3 }), standby: key("mixer-2", { epoch: 2 }) };
  assert.deepEqual(named(LIVE, keys), ["mixer-1", "mixer-2"]);
  // Promoted: the standby is the primary now, and has not moved its key yet.
  assert.deepEqual(named({ ...LIVE, mixerId: "mixer-2", standbyId: null }, keys), ["mixer-2"]);
  const swapped = { ...LIVE, mixerId: "mixer-2", standbyId: "mixer-1" };
  assert.deepEqual(named(swapped, keys), ["mixer-2", "mixer-1"]);
});

Deno.test("originsOf() names nobody that has another broadcast, has failed, or is not named", () => {
  const other = { mixer: key("mixer-1", { liveId: "live0000" }), standby: null };
  assert.deepEqual(originsOf(LIVE, other), { named: [], others: [] });
  const failed = { mixer: key("mixer-1", { status: "failed" }), standby: key("mixer-2") };
  assert.deepEqual(named(LIVE, failed), ["mixer-2"]);
  const moved = { mixer: key("mixer-9"), standby: null };
  assert.deepEqual(originsOf(LIVE, moved), {
    named: [],
    others: [{ mixerId: "mixer-9", url: "http://mixer-9:3001" }],
  });
});

Deno.test("originsOf() names a mixer once when both keys are its own", () => {
  assert.deepEqual(named(LIVE, { mixer: key("mixer-1"), standby: key("mixer-1") }), ["mixer-1"]);
});
