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

const janus = { epoch: 1, janusId: "j1", status: "failed" as const, forwarders: [] };
const mixer = {
  epoch: 1,
  mixerId: "m1",
  liveId: "abcdefgh",
  status: "on_air" as const,
  ip: "127.0.0.1",
  port: 30000,
  origin: "http://127.0.0.1:1",
};
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
  standbyId: "m2",
};
const revisions = { meta: 1n, livemeta: 0n, janus: 2n, mixer: 3n, standby: 4n };
const over = { meta: null, livemeta: null, janus, mixer: null, standby: null, revisions };
const live = { ...over, livemeta, mixer, revisions: { ...revisions, livemeta: 9n } };

Deno.test("leftovers() names all that is observed when the room is not live, readable or not", () => {
  assert.deepEqual(leftovers(over), [
    { part: "janus", kind: "janus", writer: "j1" },
    { part: "mixer", kind: "mixer", writer: null },
    { part: "standby", kind: "mixer", writer: null },
  ]);
});

Deno.test("leftovers() names of a live room only what a node wrote that is not named any more", () => {
  const parts = (room: Parameters<typeof leftovers>[0]) => leftovers(room).map(({ part }) => part);
  assert.deepEqual(parts({ ...live, standby: { ...mixer, mixerId: "m2" } }), []);
  assert.deepEqual(parts({ ...live, standby: { ...mixer, mixerId: "m3" } }), ["standby"]);
  assert.deepEqual(parts({ ...live, janus: { ...janus, janusId: "j2" } }), ["janus"]);
  assert.deepEqual(parts({ ...live, mixer: { ...mixer, mixerId: "m3" } }), ["mixer"]);
});

Deno.test("leftovers() names nothing while the wish cannot be read", () => {
  assert.deepEqual(leftovers({ ...over, revisions: { ...revisions, livemeta: 9n } }), []);
});
