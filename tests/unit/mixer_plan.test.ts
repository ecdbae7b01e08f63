import assert from "node:assert/strict";
import fc from "fast-check";
import type { JanusObserved, LiveMeta, MixerObserved } from "../../src/contracts/room.ts";
import { observedOf, planMixer, type StreamHere } from "../../src/media/mixer/plan.ts";

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
  more: { janus?: JanusObserved; observed?: MixerObserved } = {},
) {
  const { janus = null, observed = null } = more;
  return planMixer({ ...ME, livemeta, here, janus, observed });
}

Deno.test("planMixer() begins a broadcast placed here, and nothing more when it is here", () => {
  const fresh = plan(LIVE, null);
  assert.deepEqual([fresh.begin, fresh.end, fresh.renew], [true, false, false]);
  assert.equal(fresh.observed, undefined, "the key is written when the port is known");
  const done = plan(LIVE, HERE, { janus: janus(7), observed: OBSERVED });
  assert.deepEqual(done, {
    begin: false,
    end: false,
    moved: false,
    renew: false,
    ssrc: 7,
    observed: OBSERVED,
  });
});

Deno.test("planMixer() ends what is over, and takes its key back", () => {
  const over = plan(null, HERE, { observed: OBSERVED });
  assert.deepEqual([over.end, over.moved, over.observed], [true, false, null]);
  const again = plan(null, null);
  assert.deepEqual([again.end, again.begin, again.observed], [false, false, null]);
});

Deno.test("planMixer() lets go of what moved without an end, and leaves the other's key alone", () => {
  const elsewhere = { ...LIVE, epoch: 5, mixerId: "m2" };
  const theirs = { ...OBSERVED, epoch: 5, mixerId: "m2" };
  const moved = plan(elsewhere, HERE, { observed: theirs });
  assert.deepEqual([moved.end, moved.moved, moved.observed], [true, true, undefined]);
  assert.equal(plan(elsewhere, HERE, { observed: OBSERVED }).observed, null, "ours goes");
});

Deno.test("planMixer() ends one broadcast and begins the next when it is another", () => {
  const next = plan({ ...LIVE, epoch: 5, liveId: "live0002" }, HERE);
  assert.deepEqual([next.end, next.moved, next.begin], [true, false, true]);
  assert.equal(next.ssrc, null, "its forwarder is not the last one's");
});

Deno.test("planMixer() renews FFmpeg exactly when its forwarder is another one", () => {
  const renew = (here: number | null, told: JanusObserved | undefined) =>
    plan(LIVE, { ...HERE, ssrc: here }, told ? { janus: told } : {}).renew;
  assert.equal(renew(null, janus(7)), false, "the first finds a fresh FFmpeg");
  assert.equal(renew(7, janus(7)), false);
  assert.equal(renew(7, janus(8)), true);
  assert.equal(renew(7, undefined), false, "the Janus manager's key is away for a moment");
  assert.equal(renew(7, janus(8, { forwarders: [] })), false);
  assert.equal(renew(7, janus(8, { epoch: 3 })), false, "what it says is of an earlier placement");
  const others = janus(8).forwarders.map((one) => ({ ...one, mixerId: "m2" }));
  assert.equal(renew(7, janus(8, { forwarders: others })), false, "not to us");
});

Deno.test("planMixer() keeps the stream of a broadcast that was placed here anew", () => {
  const { begin, end, observed } = plan({ ...LIVE, epoch: 9 }, HERE, { observed: OBSERVED });
  assert.deepEqual([begin, end, observed?.epoch], [false, false, 9]);
});

Deno.test("planMixer() says in the key what the stream gives", () => {
  const status = (change: Partial<StreamHere>) =>
    plan(LIVE, { ...HERE, ...change }).observed?.status;
  assert.equal(status({ sounded: false }), "listening");
  assert.equal(status({}), "on_air");
  assert.equal(status({ flowing: false }), "degraded");
});

Deno.test("planMixer() never begins for another mixer, and has nothing left to do when done", () => {
  const mixer = fc.constantFrom("m1", "m2");
  const liveId = fc.constantFrom("live0001", "live0002");
  const epoch = fc.integer({ min: 1, max: 3 });
  const ssrc = fc.constantFrom(7, 8);
  const livemeta = fc.option(
    fc.record({ mixerId: mixer, liveId, epoch }).map((change) => ({ ...LIVE, ...change })),
  );
  const here = fc.option(
    fc.record({
      liveId,
      port: fc.constantFrom(30_000, 30_002),
      flowing: fc.boolean(),
      sounded: fc.boolean(),
      ssrc: fc.option(ssrc),
    }),
  );
  const told = fc.option(fc.tuple(ssrc, epoch).map(([id, epoch]) => janus(id, { epoch })));
  const observed = fc.option(
    fc.record({ mixerId: mixer, epoch }).map((change) => ({ ...OBSERVED, ...change })),
  );
  fc.assert(fc.property(livemeta, here, told, observed, (livemeta, here, janus, observed) => {
    const input = { ...ME, livemeta, here, janus, observed };
    const first = planMixer(input);
    if (livemeta?.mixerId !== "m1") assert.equal(first.begin || first.renew, false);
    if (observed?.mixerId === "m2" && livemeta?.mixerId !== "m1") {
      assert.equal(first.observed, undefined);
    }
    // Carry it out, and look again.
    const begun = { ...HERE, liveId: livemeta?.liveId ?? "", sounded: false, ssrc: null };
    const kept = first.end ? null : here && { ...here, ssrc: first.ssrc };
    const after = first.begin ? begun : kept;
    const written = first.begin && livemeta ? observedOf(ME, livemeta, begun) : first.observed;
    const second = planMixer({
      ...input,
      here: after,
      observed: written === undefined ? observed : written,
    });
    assert.deepEqual([second.begin, second.end, second.renew], [false, false, false]);
    if (written !== undefined) assert.deepEqual(second.observed, written);
  }));
});
