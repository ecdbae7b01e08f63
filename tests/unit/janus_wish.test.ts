import assert from "node:assert/strict";
import type { LiveMeta, MixerObserved } from "../../src/contracts/room.ts";
import { bridgeRoom, roomOfBridge } from "../../src/contracts/janus.ts";
import { plan } from "../../src/media/janus/plan.ts";
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
const standby = { ...mixer, mixerId: "m2", ip: "10.0.0.2", port: 31000 };
const room = { kind: "room", epoch: 2, live: 1, primary: null, standby: null, problem: null };
const primary = { mixerId: "m1", host: "10.0.0.1", port: 30000, current: true };
const second = { mixerId: "m2", host: "10.0.0.2", port: 31000, current: true };

Deno.test("wishOf() forwards to the mixer when its port is of this epoch", () => {
  assert.deepEqual(wishOf(record, true, "j1"), { ...room, primary });
});

Deno.test("wishOf() forwards to both mixers when one stands by", () => {
  const both = { ...record, livemeta: { ...livemeta, standbyId: "m2" }, standby };
  assert.deepEqual(wishOf(both, true, "j1"), { ...room, primary, standby: second });
  assert.deepEqual(wishOf({ ...both, mixer: null }, true, "j1"), { ...room, standby: second });
});

Deno.test("wishOf() is a room without forwarder when the mixer is not there or failed", () => {
  assert.deepEqual(wishOf({ ...record, mixer: null }, true, "j1"), room);
  const failed = { ...mixer, status: "failed" as const, port: 0 };
  assert.deepEqual(wishOf({ ...record, mixer: failed }, true, "j1"), room);
  const yesterday = { ...mixer, liveId: "bcdefghi" };
  assert.deepEqual(wishOf({ ...record, mixer: yesterday }, true, "j1"), room);
});

Deno.test("wishOf() keeps what a mixer got in an earlier epoch of the broadcast, and begins nothing", () => {
  const older = { ...record, mixer: { ...mixer, epoch: 1 } };
  assert.deepEqual(wishOf(older, true, "j1"), { ...room, primary: { ...primary, current: false } });
});

Deno.test("wishOf() finds the promoted standby where it was before", () => {
  const promoted = { ...livemeta, epoch: 3, mixerId: "m2", standbyId: "m3" };
  assert.deepEqual(wishOf({ ...record, livemeta: promoted, standby }, true, "j1"), {
    ...room,
    epoch: 3,
    primary: { ...second, current: false },
  });
});

Deno.test("wishOf() leaves out a mixer that is named no more", () => {
  const moved = { ...livemeta, epoch: 3, mixerId: "m4" };
  assert.deepEqual(wishOf({ ...record, livemeta: moved }, true, "j1"), { ...room, epoch: 3 });
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
  assert.ok(wish.kind === "room" && wish.primary === null && wish.problem?.includes("mixer m1"));
});

Deno.test("roomOfBridge() knows our rooms only", () => {
  assert.equal(roomOfBridge(bridgeRoom("abc")), "abc");
  for (const name of ["abc", "rc-", "rc-A", "rc-../x", "1234", ""]) {
    assert.equal(roomOfBridge(name), null);
  }
});

Deno.test("wishOf() has the sound encrypted with the key that the mixer gave", () => {
  const srtp = "A".repeat(40);
  const wish = wishOf({ ...record, mixer: { ...mixer, srtp } }, true, "j1");
  assert.deepEqual(wish, { ...room, primary: { ...primary, srtp } });
  assert.deepEqual(plan(wish, { forwarders: [] }), [
    { do: "forward", to: { host: "10.0.0.1", port: 30000 }, live: 1, srtp },
  ]);
});
