import assert from "node:assert/strict";
import { AbsenceClock } from "../../src/control/resources/absence_clock.ts";
import { leftovers } from "../../src/control/rooms/leftovers.ts";

Deno.test("AbsenceClock counts only since the last sight, and anew after blindness", () => {
  const clock = { now: 0 };
  const absence = new AbsenceClock(() => clock.now);
  assert.equal(absence.see("mixer", "m1", false), 0);
  clock.now = 9000;
  assert.equal(absence.see("mixer", "m1", false), 9000);
  assert.equal(absence.see("janus", "m1", false), 0);
  assert.equal(absence.see("mixer", "m1", true), 0);
  clock.now = 12_000;
  assert.equal(absence.see("mixer", "m1", false), 0);
  clock.now = 20_000;
  absence.reset();
  assert.equal(absence.see("mixer", "m1", false), 0);
});

Deno.test("leftovers() names observed state only when the room is not live, readable or not", () => {
  const janus = { epoch: 1, janusId: "j1", status: "failed" as const, forwarders: [] };
  const revisions = { meta: 1n, livemeta: 0n, janus: 2n, mixer: 3n, standby: 0n };
  const room = { meta: null, livemeta: null, janus, mixer: null, standby: null, revisions };
  assert.deepEqual(leftovers(room), [
    { part: "janus", writer: "j1" },
    { part: "mixer", writer: null },
  ]);
  const livemeta = {
    status: "onair" as const,
    epoch: 1,
    liveId: "abcdefgh",
    live: 1,
    startedAt: 1,
    mediaSequence: 1,
    partFrames: 10 as const,
    janusId: "j1",
    mixerId: "m1",
    standbyId: null,
  };
  assert.deepEqual(leftovers({ ...room, livemeta }), []);
});
