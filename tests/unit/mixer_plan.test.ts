import assert from "node:assert/strict";
import fc from "fast-check";
import type { JanusObserved, LiveMeta, MixerObserved } from "../../src/contracts/room.ts";
import { observedOf, planMixer, type StreamHere } from "../../src/media/mixer/plan.ts";
import { keysFor } from "../../src/media/mixer/room_keys.ts";

const ME = { mixerId: "m1", ip: "10.0.0.2", origin: "http://10.0.0.2:3001" };

const LIVE: LiveMeta = {
  status: "onair",
  epoch: 4,
  liveId: "live0001",
  live: 1,
  startedAt: 1_700_000_000_000,
  mediaSequence: 1000,
  partFrames: 10,
  janusId: "j1",
  mixerId: "m1",
  standbyId: null,
};
const HERE: StreamHere = {
  liveId: "live0001",
  port: 30_000,
  janusId: "j1",
  portTaken: false,
  flowing: true,
  sounded: true,
  ssrc: 7,
};
const OBSERVED: MixerObserved = observedOf(ME, LIVE, HERE);

function janus(ssrc: number, change: Partial<JanusObserved> = {}): JanusObserved {
  const forwarder = { mixerId: "m1", host: "10.0.0.2", port: 30_000, streamId: 1, ssrc };
  return { epoch: 4, janusId: "j1", status: "forwarding", forwarders: [forwarder], ...change };
}

function plan(
  livemeta: LiveMeta | null,
  here: StreamHere | null,
  more: { janus?: JanusObserved; mixer?: MixerObserved; standby?: MixerObserved } = {},
) {
  const { janus = null, mixer = null, standby = null } = more;
  return planMixer({ ...ME, livemeta, here, janus, mixer, standby });
}

/** What another mixer says of the same broadcast. */
function of(mixerId: string, change: Partial<MixerObserved> = {}): MixerObserved {
  return { ...OBSERVED, mixerId, port: 31_000, ...change };
}

Deno.test("planMixer() begins a broadcast placed here, and nothing more when it is here", () => {
  const fresh = plan(LIVE, null);
  assert.deepEqual([fresh.begin, fresh.end, fresh.renew], [true, false, false]);
  assert.deepEqual(fresh.keys, {}, "the key is written when the port is known");
  const done = plan(LIVE, HERE, { janus: janus(7), mixer: OBSERVED });
  assert.deepEqual(done, {
    begin: false,
    end: false,
    moved: false,
    retune: false,
    renew: false,
    ssrc: 7,
    keys: { mixer: OBSERVED },
  });
});

Deno.test("planMixer() runs the same stream when it stands by, and says so in the standby's key", () => {
  const live = { ...LIVE, mixerId: "m2", standbyId: "m1" };
  assert.equal(plan(live, null).begin, true);
  const { begin, end, keys } = plan(live, HERE, { mixer: of("m2") });
  assert.deepEqual([begin, end, keys], [false, false, { standby: OBSERVED }]);
});

Deno.test("planMixer() leaves the stream untouched when the standby is promoted", () => {
  const live = { ...LIVE, epoch: 5 };
  const promoted = plan(live, HERE, { janus: janus(7), mixer: of("m2"), standby: OBSERVED });
  assert.deepEqual(
    [promoted.begin, promoted.end, promoted.retune, promoted.renew, promoted.ssrc],
    [false, false, false, false, 7],
  );
  assert.deepEqual(promoted.keys, { mixer: { ...OBSERVED, epoch: 5 }, standby: null });
});

Deno.test("planMixer() carries the promoted one's value along when a new standby takes its key", () => {
  const live = { ...LIVE, epoch: 5, mixerId: "m2", standbyId: "m1" };
  const both = { mixer: of("m3"), standby: of("m2") };
  const mine = observedOf(ME, live, HERE);
  assert.deepEqual(plan(live, HERE, both).keys, { mixer: of("m2"), standby: mine });
  const late = plan(live, HERE, { mixer: of("m2", { epoch: 5 }), standby: of("m2") });
  assert.deepEqual(late.keys, { standby: mine }, "it has come to its key itself");
  const swapped = { ...LIVE, epoch: 5, standbyId: "m2" };
  assert.deepEqual(plan(swapped, HERE, { mixer: of("m2"), standby: OBSERVED }).keys, {
    mixer: { ...OBSERVED, epoch: 5 },
    standby: of("m2"),
  });
  const yesterday = of("m2", { liveId: "live0000" });
  assert.deepEqual(plan(live, HERE, { standby: yesterday }).keys, { standby: mine });
});

Deno.test("planMixer() ends what is over, and takes its key back", () => {
  const over = plan(null, HERE, { mixer: OBSERVED, standby: of("m2") });
  assert.deepEqual([over.end, over.moved, over.keys], [true, false, { mixer: null }]);
  const again = plan(null, null);
  assert.deepEqual([again.end, again.begin], [false, false]);
});

Deno.test("planMixer() lets go of what moved without an end, and leaves the other's key alone", () => {
  const elsewhere = { ...LIVE, epoch: 5, mixerId: "m2" };
  const moved = plan(elsewhere, HERE, { mixer: of("m2") });
  assert.deepEqual([moved.end, moved.moved, moved.keys], [true, true, {}]);
  assert.deepEqual(plan(elsewhere, HERE, { mixer: OBSERVED }).keys, { mixer: null }, "ours goes");
});

Deno.test("planMixer() ends one broadcast and begins the next when it is another", () => {
  const next = plan({ ...LIVE, epoch: 5, liveId: "live0002" }, HERE);
  assert.deepEqual([next.end, next.moved, next.begin], [true, false, true]);
  assert.equal(next.ssrc, null, "its forwarder is not the last one's");
});

Deno.test("planMixer() takes a new port when the room is on another Janus", () => {
  const live = { ...LIVE, epoch: 5, janusId: "j2" };
  const { retune, renew, begin, end, ssrc, keys } = plan(live, HERE, {
    janus: janus(7),
    mixer: OBSERVED,
  });
  assert.deepEqual([retune, renew, begin, end, ssrc], [true, false, false, false, null]);
  assert.deepEqual(keys, {}, "nobody is to send to the old port in the new epoch");
});

Deno.test("planMixer() takes a new port when somebody else has the one it had", () => {
  const { retune, keys } = plan(LIVE, { ...HERE, portTaken: true }, { mixer: OBSERVED });
  assert.deepEqual([retune, keys], [true, {}]);
});

Deno.test("planMixer() renews FFmpeg exactly when its forwarder is another one", () => {
  const renew = (here: number | null, told: JanusObserved | undefined, live = LIVE) =>
    plan(live, { ...HERE, ssrc: here }, told ? { janus: told } : {}).renew;
  assert.equal(renew(null, janus(7)), false, "the first finds a fresh FFmpeg");
  assert.equal(renew(7, janus(7)), false);
  assert.equal(renew(7, janus(8)), true);
  assert.equal(renew(7, undefined), false, "the Janus manager's key is away for a moment");
  assert.equal(renew(7, janus(8, { forwarders: [] })), false);
  assert.equal(renew(7, janus(7), { ...LIVE, epoch: 5 }), false, "it goes on in the next epoch");
  assert.equal(renew(7, janus(8), { ...LIVE, epoch: 5 }), true, "so does one made anew before it");
  assert.equal(renew(7, janus(8, { janusId: "j2" })), false, "not of the Janus it listens to");
  const change = (change: object) =>
    janus(8, { forwarders: janus(8).forwarders.map((one) => ({ ...one, ...change })) });
  assert.equal(renew(7, change({ mixerId: "m2" })), false, "not to us");
  assert.equal(renew(7, change({ port: 31_000 })), false, "to the port that was ours before");
});

Deno.test("planMixer() keeps the stream of a broadcast that was placed here anew", () => {
  const { begin, end, keys } = plan({ ...LIVE, epoch: 9 }, HERE, { mixer: OBSERVED });
  assert.deepEqual([begin, end, keys.mixer?.epoch], [false, false, 9]);
});

Deno.test("planMixer() says in the key what the stream gives", () => {
  const status = (change: Partial<StreamHere>) =>
    plan(LIVE, { ...HERE, ...change }).keys.mixer?.status;
  assert.equal(status({ sounded: false }), "listening");
  assert.equal(status({}), "on_air");
  assert.equal(status({ flowing: false }), "degraded");
});

Deno.test("planMixer() never begins for another mixer, and has nothing left to do when done", () => {
  const mixer = fc.constantFrom("m1", "m2", "m3");
  const liveId = fc.constantFrom("live0001", "live0002");
  const epoch = fc.integer({ min: 1, max: 3 });
  const ssrc = fc.constantFrom(7, 8);
  const janusId = fc.constantFrom("j1", "j2");
  const wished = fc.option(
    fc.record({ mixerId: mixer, standbyId: fc.option(mixer), liveId, epoch, janusId })
      .map((change) => ({ ...LIVE, ...change })),
  );
  const streams = fc.option(
    fc.record({
      liveId,
      port: fc.constantFrom(30_000, 30_002),
      janusId,
      portTaken: fc.boolean(),
      flowing: fc.boolean(),
      sounded: fc.boolean(),
      ssrc: fc.option(ssrc),
    }),
  );
  const told = fc.option(fc.tuple(ssrc, epoch).map(([id, epoch]) => janus(id, { epoch })));
  const observed = fc.option(
    fc.record({ mixerId: mixer, epoch, liveId }).map((change) => ({ ...OBSERVED, ...change })),
  );
  const all = fc.record({
    livemeta: wished,
    here: streams,
    janus: told,
    mixer: observed,
    standby: observed,
  });
  fc.assert(fc.property(all, (room) => {
    const { livemeta, here } = room;
    const first = planMixer({ ...ME, ...room });
    const named = livemeta?.mixerId === "m1" || livemeta?.standbyId === "m1";
    if (!named) assert.equal(first.begin || first.retune || first.renew, false);
    // Carry it out, and look again.
    const fresh = { ...HERE, port: 30_004, sounded: false, ssrc: null };
    const begun = livemeta && { ...fresh, liveId: livemeta.liveId, janusId: livemeta.janusId };
    const kept = first.end ? null : here && { ...here, ssrc: first.ssrc };
    const after = first.begin || first.retune ? begun : kept;
    const keys = (first.begin || first.retune) && livemeta
      ? keysFor(room, "m1", observedOf(ME, livemeta, fresh))
      : first.keys;
    for (const key of ["mixer", "standby"] as const) {
      const gone = room[key];
      if (keys[key] === undefined || gone === null || gone.mixerId === "m1") continue;
      const named = key === "mixer" ? livemeta?.mixerId : livemeta?.standbyId;
      assert.equal(keys[key]?.mixerId, named, "another's key becomes only that of who is named");
    }
    const second = planMixer({ ...ME, ...room, ...keys, here: after });
    const { begin, end, retune, renew } = second;
    assert.deepEqual([begin, end, retune, renew], [false, false, false, false]);
    for (const key of ["mixer", "standby"] as const) {
      if (second.keys[key] === undefined) continue;
      assert.deepEqual(second.keys[key], { ...room, ...keys }[key]);
    }
  }));
});

Deno.test("planMixer() takes a new port with a new key when FFmpeg is new to what is encrypted by now", () => {
  const srtp = "A".repeat(40);
  const here = { ...HERE, srtp };
  assert.equal(plan(LIVE, here).retune, false);
  assert.equal(plan(LIVE, { ...here, keySpent: true }).retune, true);
  assert.equal(observedOf(ME, LIVE, here).srtp, srtp);
  assert.equal("srtp" in observedOf(ME, LIVE, HERE), false);
});
