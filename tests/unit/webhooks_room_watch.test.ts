import assert from "node:assert/strict";
import { RoomMeta } from "../../src/contracts/room.ts";
import { START_GRACE_MS } from "../../src/contracts/states.ts";
import { RoomWatch, SETTLE_MS } from "../../src/control/webhooks/room_watch.ts";
import type { VersionedRoom } from "../../src/coordination/rooms.ts";

const meta = RoomMeta.parse({
  ...{ id: "room-1", title: "A room", owner: { id: "alice", name: "Alice" }, pinHash: null },
  ...{ createdAt: 1000, epoch: 1, lives: 1, nextMediaSequence: 0 },
});
const STARTED = 100_000;

/** A live room whose mixer is in some state; null: it has said nothing yet. */
function room(status: "on_air" | "degraded" | null): VersionedRoom {
  const common = { epoch: 1, liveId: "live00001", mixerId: "m1" };
  return {
    meta,
    livemeta: {
      ...common,
      ...{ status: "onair", live: 1, startedAt: STARTED, mediaSequence: 1, partFrames: 10 },
      ...{ janusId: "j1", standbyId: null },
    },
    janus: { epoch: 1, janusId: "j1", status: "forwarding", forwarders: [] },
    mixer: status && { ...common, status, ip: "::1", port: 30000, origin: "http://[::1]:1" },
    standby: null,
    revisions: { meta: 1n, livemeta: 1n, janus: 2n, mixer: 3n, standby: 0n },
  };
}

let now = 0;
let blind: string | null = null;
const watch = () => {
  [now, blind] = [STARTED, null];
  return new RoomWatch({ nodes: { isAlive: () => true }, blind: () => blind, now: () => now });
};
const stateAt = (eye: RoomWatch, at: number, seen: VersionedRoom) => {
  now = STARTED + at;
  return eye.look("room-1", seen)?.seen?.state?.name ?? null;
};

Deno.test("look() calls a room degraded only when it has been so for a while", () => {
  const eye = watch();
  assert.equal(stateAt(eye, 1000, room("on_air")), "on_air");
  assert.equal(stateAt(eye, 2000, room("degraded")), null);
  assert.equal(eye.look("room-1", room("degraded"))?.againMs, SETTLE_MS);
  assert.equal(stateAt(eye, 2000 + SETTLE_MS - 1, room("degraded")), null);
  assert.equal(stateAt(eye, 2000 + SETTLE_MS, room("degraded")), "degraded");
  assert.equal(stateAt(eye, 9000, room("on_air")), "on_air");
  assert.equal(stateAt(eye, 9001, room("degraded")), null);
});

Deno.test("look() looks again when a room that is starting has had its time", () => {
  const eye = watch();
  assert.equal(stateAt(eye, 1000, room(null)), null);
  const againMs = eye.look("room-1", room(null))?.againMs ?? 0;
  assert.ok(againMs >= START_GRACE_MS - 1000);
  stateAt(eye, 1000 + againMs, room(null));
  assert.equal(stateAt(eye, 1000 + againMs + SETTLE_MS, room(null)), "degraded");
});

Deno.test("look() says nothing of a state when it cannot see, and nothing at all of what cannot be read", () => {
  const eye = watch();
  blind = "etcd cannot be reached";
  assert.equal(stateAt(eye, 1000, room("on_air")), null);
  assert.equal(eye.look("room-1", room("on_air"))?.seen?.facts.live?.id, "live00001");
  assert.equal(eye.look("room-1", { ...room("on_air"), livemeta: null }), null);
  assert.equal(eye.look("room-1", { ...room("on_air"), meta: null }), null);
});
