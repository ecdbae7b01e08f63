import assert from "node:assert/strict";
import fc from "fast-check";
import { PRE_ROLL_SEGMENTS, segmentsIn } from "../../src/contracts/media_clock.ts";
import type { LiveMeta, RoomMeta } from "../../src/contracts/room.ts";
import type { VersionedRoom } from "../../src/coordination/rooms.ts";
import {
  createWrites,
  startWrites,
  STOP_SLACK_MS,
  stopWrites,
} from "../../src/control/rooms/transitions.ts";

const NOW = 1_800_000_000_000;
const meta: RoomMeta = {
  id: "abc",
  title: "A room",
  owner: { id: "alice", name: "Alice" },
  pinHash: null,
  createdAt: NOW,
  epoch: 4,
  lives: 2,
  nextMediaSequence: 0,
  redundancy: 1,
  access: "open" as const,
};
const choice = {
  liveId: "abcdefgh",
  janusId: "j1",
  mixerId: "m1",
  standbyId: null,
  partFrames: 10 as const,
};

function room(rest: Partial<VersionedRoom> = {}, livemeta = 0n): VersionedRoom {
  return {
    meta,
    livemeta: null,
    janus: null,
    mixer: null,
    standby: null,
    revisions: { meta: 1n, livemeta, janus: 0n, mixer: 0n, standby: 0n },
    ...rest,
  };
}

function started(at: RoomMeta, startedAt: number): { meta: RoomMeta; live: LiveMeta } {
  const writes = startWrites(room(), at, { ...choice, startedAt });
  assert.ok(writes.meta && writes.livemeta);
  return { meta: writes.meta, live: writes.livemeta };
}

Deno.test("startWrites() counts the epoch and the lives up, and begins at the wall clock's segment", () => {
  const { meta: after, live } = started(meta, NOW);
  assert.deepEqual([after.epoch, after.lives], [5, 3]);
  assert.deepEqual([live.epoch, live.live, live.startedAt], [5, 3, NOW]);
  assert.equal(live.mediaSequence, segmentsIn(NOW));
});

Deno.test("startWrites() and stopWrites() never use a number twice, however fast or odd the clock", () => {
  const turns = fc.array(
    fc.record({ lengthMs: fc.nat(20_000), pauseMs: fc.integer({ min: -30_000, max: 30_000 }) }),
    { minLength: 1, maxLength: 12 },
  );
  fc.assert(fc.property(turns, (given) => {
    let now = NOW;
    let current = meta;
    let highest = 0;
    for (const { lengthMs, pauseMs } of given) {
      const { meta: live, live: livemeta } = started(current, now);
      assert.ok(livemeta.mediaSequence - PRE_ROLL_SEGMENTS > highest);
      now += lengthMs;
      const writes = stopWrites(room({ livemeta }, 7n), live, now);
      assert.ok(writes?.meta && writes.livemeta === null);
      highest = livemeta.mediaSequence + segmentsIn(lengthMs + STOP_SLACK_MS) + 1;
      current = writes.meta;
      now += pauseMs;
    }
  }));
});

Deno.test("stopWrites() does nothing when the room is not live", () => {
  assert.equal(stopWrites(room(), meta, NOW), null);
});

Deno.test("a livemeta that cannot be read is replaced, with numbers above those of the wall clock", () => {
  const writes = startWrites(room({}, 9n), meta, { ...choice, startedAt: NOW });
  assert.ok((writes.livemeta?.mediaSequence ?? 0) > segmentsIn(NOW + STOP_SLACK_MS));
  assert.equal(stopWrites(room({}, 9n), meta, NOW)?.livemeta, null);
});

Deno.test("createWrites() begins above what an earlier room of this id left behind", () => {
  const { epoch: _epoch, lives: _lives, nextMediaSequence: _next, ...given } = meta;
  const clean = createWrites(room({ meta: null }), given);
  assert.equal(clean.meta?.epoch, 0);
  assert.ok(!("livemeta" in clean));
  const { live } = started(meta, NOW);
  const janus = { epoch: 9, janusId: "j1", status: "forwarding" as const, forwarders: [] };
  const left = createWrites(room({ meta: null, livemeta: live, janus }, 3n), given);
  assert.deepEqual([left.meta?.epoch, left.livemeta], [9, null]);
  assert.ok((left.meta?.nextMediaSequence ?? 0) > live.mediaSequence);
});
