import assert from "node:assert/strict";
import fc from "fast-check";
import { RoomView } from "../../src/contracts/operations.ts";
import type { RoomRecord } from "../../src/contracts/room.ts";
import { roomView } from "../../src/contracts/room_view.ts";
import { ROOM_STATES } from "../../src/contracts/states.ts";

const STARTED = 1_800_000_000_000;
const epoch = fc.integer({ min: 1, max: 2 });
const meta = {
  id: "abc",
  title: "A room",
  owner: { id: "alice", name: "Alice" },
  pinHash: "$scrypt$secret",
  createdAt: STARTED,
  epoch: 2,
  lives: 1,
  nextMediaSequence: 0,
  redundancy: 1 as const,
};
const record: fc.Arbitrary<RoomRecord> = fc.record({
  meta: fc.constant(meta),
  livemeta: fc.option(fc.record({
    status: fc.constant("onair" as const),
    epoch,
    liveId: fc.constant("abcdefgh"),
    live: fc.constant(1),
    startedAt: fc.constant(STARTED),
    mediaSequence: fc.constant(1),
    partFrames: fc.constant(10 as const),
    janusId: fc.constant("j1"),
    mixerId: fc.constant("m1"),
    standbyId: fc.constant(null),
  })),
  janus: fc.option(fc.record({
    epoch,
    janusId: fc.constant("j1"),
    status: fc.constantFrom("room_created", "forwarding", "failed"),
    forwarders: fc.constant([]),
  })),
  mixer: fc.option(fc.record({
    epoch,
    mixerId: fc.constant("m1"),
    liveId: fc.constant("abcdefgh"),
    status: fc.constantFrom("listening", "on_air", "degraded", "failed"),
    ip: fc.constant("127.0.0.1"),
    port: fc.constant(30000),
    origin: fc.constant("http://127.0.0.1:1"),
  })),
  standby: fc.constant(null),
});

Deno.test("roomView() fits its schema, says its state and why in sentences, and holds no hash", () => {
  fc.assert(fc.property(record, fc.nat(20_000), fc.boolean(), (given, age, alive) => {
    const view = roomView(meta, given, STARTED + age, { isAlive: () => alive });
    assert.deepEqual(RoomView.parse(view), view);
    assert.ok(view.stateText.startsWith(ROOM_STATES[view.state]));
    for (const reason of view.reasons) {
      assert.ok(view.stateText.toLowerCase().includes(reason.toLowerCase()));
    }
    assert.equal(view.reasons.length === 0, view.state === "idle" || view.state === "on_air");
    assert.equal(view.live === null, view.state === "idle" || view.state === "stopping");
    assert.ok(!JSON.stringify(view).includes("scrypt"));
  }));
});

Deno.test("roomView() calls a room degraded when a node it is placed on is gone, and names the node", () => {
  fc.assert(
    fc.property(record, fc.nat(20_000), fc.constantFrom("janus", "mixer"), (given, age, gone) => {
      fc.pre(given.livemeta !== null);
      const view = roomView(meta, given, STARTED + age, { isAlive: (kind) => kind !== gone });
      assert.equal(view.state, "degraded");
      assert.ok(view.reasons.some((reason) => reason.endsWith(" is gone")));
    }),
  );
});
