import assert from "node:assert/strict";
import type { LiveMeta, MixerObserved } from "../../src/contracts/room.ts";
import { bridgeRoom, roomOfBridge } from "../../src/contracts/janus.ts";
import { wishOf } from "../../src/media/janus/wish.ts";

const livemeta: LiveMeta = {
  status: "onair",
  epoch: 2,
  liveId: "abcdefgh",
  live: 1,
  startedAt: 1,
  mediaSequence: 0,
  partFrames: 10,
  janusId: "j1",
  mixerId: "m1",
  standbyId: null,
};
const mixer: MixerObserved = {
  epoch: 2,
  mixerId: "m1",
  liveId: "abcdefgh",
  status: "listening",
  ip: "10.0.0.1",
  port: 30000,
  origin: "http://10.0.0.1:3001",
};
const record = { meta: null, livemeta, janus: null, mixer, standby: null };
const room = { kind: "room", epoch: 2, target: null, former: null, problem: null };

Deno.test("wishOf() forwards to the mixer when its port is of this epoch", () => {
  const target = { mixerId: "m1", host: "10.0.0.1", port: 30000 };
  assert.deepEqual(wishOf(record, true, "j1"), { ...room, target });
});

Deno.test("wishOf() is a room without forwarder when the mixer is not there or failed", () => {
  assert.deepEqual(wishOf({ ...record, mixer: null }, true, "j1"), room);
  const failed = { ...mixer, status: "failed" as const, port: 0 };
  assert.deepEqual(wishOf({ ...record, mixer: failed }, true, "j1"), room);
});

Deno.test("wishOf() lets a forwarder go on when an earlier mixer still claims its port", () => {
  const former = { host: "10.0.0.1", port: 30000 };
  const older = { ...record, mixer: { ...mixer, epoch: 1 } };
  assert.deepEqual(wishOf(older, true, "j1"), { ...room, former });
});

Deno.test("wishOf() is gone when the room is over or on another Janus", () => {
  assert.deepEqual(wishOf({ ...record, livemeta: null }, false, "j1"), { kind: "gone" });
  assert.deepEqual(wishOf(record, true, "j2"), { kind: "gone" });
});

Deno.test("wishOf() holds when livemeta is there and cannot be read", () => {
  assert.deepEqual(wishOf({ ...record, livemeta: null }, true, "j1"), { kind: "hold" });
});

Deno.test("wishOf() says what is wrong when a mixer gives a name for its address", () => {
  const named = { ...record, mixer: { ...mixer, ip: "localhost" } };
  const wish = wishOf(named, true, "j1");
  assert.ok(wish.kind === "room" && wish.target === null && wish.problem?.includes("mixer m1"));
});

Deno.test("roomOfBridge() knows our rooms only", () => {
  assert.equal(roomOfBridge(bridgeRoom("abc")), "abc");
  for (const name of ["abc", "rc-", "rc-A", "rc-../x", "1234", ""]) {
    assert.equal(roomOfBridge(name), null);
  }
});
