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
  access: "open" as const,
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

const live = {
  status: "onair" as const,
  epoch: 5,
  liveId: "abcdefgh",
  live: 1,
  startedAt: STARTED,
  mediaSequence: 1,
  partFrames: 10 as const,
  janusId: "j1",
  mixerId: "m1",
  standbyId: null,
};
const stream = {
  epoch: 5,
  mixerId: "m1",
  liveId: "abcdefgh",
  status: "on_air" as const,
  ip: "127.0.0.1",
  port: 30000,
  origin: "http://127.0.0.1:1",
};
const forwarding = { epoch: 5, janusId: "j1", status: "forwarding" as const, forwarders: [] };
const onAir: RoomRecord = { meta, livemeta: live, janus: forwarding, mixer: stream, standby: null };

function says(given: Partial<RoomRecord>, isAlive = true): [string, string] {
  const record = { ...onAir, ...given };
  const view = roomView(record.meta ?? meta, record, STARTED + 60_000, { isAlive: () => isAlive });
  return [view.state, view.reasons.join("; ")];
}

Deno.test("roomView() says that a standby is wanting, or not ready, while the room is on air", () => {
  const twofold = { meta: { ...meta, redundancy: 2 as const } };
  assert.deepEqual(says(twofold), ["on_air", "there is no standby, for no second mixer is free"]);
  const warm = { ...twofold, livemeta: { ...live, standbyId: "m2" } };
  assert.deepEqual(says(warm), ["on_air", "standby mixer m2 has yet to open its port"]);
  const standby = { ...stream, mixerId: "m2" };
  const silent = { ...warm, standby: { ...standby, status: "listening" as const } };
  assert.deepEqual(says(silent), ["on_air", "standby mixer m2 has no sound yet"]);
  assert.deepEqual(says({ ...warm, standby }), ["on_air", ""]);
});

Deno.test("roomView() says that a room is being moved, and from where to where", () => {
  assert.deepEqual(says({ livemeta: { ...live, epoch: 6, standbyId: "m2" } }), [
    "on_air",
    "the room is being moved from mixer m1 to m2; standby mixer m2 has yet to open its port",
  ]);
  assert.deepEqual(says({ livemeta: { ...live, epoch: 6, mixerId: "m2" } }), [
    "degraded",
    "the room is being moved from mixer m1 to m2",
  ]);
  assert.deepEqual(says({ livemeta: { ...live, epoch: 6, janusId: "j2" } }), [
    "degraded",
    "the room is being moved from Janus node j1 to j2",
  ]);
});

Deno.test("roomView() calls a room on air through a promotion, and not for what an earlier broadcast left", () => {
  const promoted = { ...live, epoch: 6, mixerId: "m2" };
  assert.deepEqual(says({ livemeta: promoted, standby: { ...stream, mixerId: "m2" } }), [
    "on_air",
    "",
  ]);
  const [state, reasons] = says({ livemeta: { ...live, epoch: 6, liveId: "zzzzzzzz" } });
  assert.deepEqual([state, reasons.includes("to create the room")], ["degraded", true]);
});
