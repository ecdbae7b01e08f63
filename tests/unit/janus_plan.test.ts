import assert from "node:assert/strict";
import fc from "fast-check";
import type { ForwarderInfo } from "../../src/platform/janus/types.ts";
import { plan, report, type Seen, type Step } from "../../src/media/janus/plan.ts";
import { isOfLive, ssrcFor } from "../../src/media/janus/ssrc.ts";
import type { Wish } from "../../src/media/janus/wish.ts";

const host = fc.constantFrom("10.0.0.1", "10.0.0.2", "::1", "0:0:0:0:0:0:0:1");
const port = fc.constantFrom(30000, 30002);
const live = fc.integer({ min: 1, max: 3 });
const target = (mixerId: string) =>
  fc.option(fc.record({ host, port, mixerId: fc.constant(mixerId), current: fc.boolean() }));

const room = fc.record({
  kind: fc.constant("room" as const),
  epoch: fc.constant(4),
  live,
  primary: target("m1"),
  standby: target("m2"),
  problem: fc.option(fc.string(), { freq: 5 }),
});
const wishes: fc.Arbitrary<Wish> = fc.oneof(
  room,
  fc.constant({ kind: "gone" as const }),
  fc.constant({ kind: "hold" as const }),
);

const seens: fc.Arbitrary<Seen> = fc.option(
  fc.uniqueArray(
    fc.record({ streamId: fc.nat(1000), host, port, ssrc: live.map((of) => ssrcFor(of)) }),
    { maxLength: 5, selector: ({ streamId }) => streamId },
  ).map((forwarders) => ({ forwarders })),
);

/** A Janus in a few lines: what each step makes of a room. */
function apply(seen: Seen, step: Step): Seen {
  const forwarders: readonly ForwarderInfo[] = seen?.forwarders ?? [];
  switch (step.do) {
    case "create_room":
      return { forwarders };
    case "destroy_room":
      return null;
    case "stop_forwarder":
      return { forwarders: forwarders.filter(({ streamId }) => streamId !== step.streamId) };
    case "forward":
      assert.notEqual(seen, null, "a forwarder needs a room");
      return {
        forwarders: [...forwarders, { ...step.to, streamId: 2000, ssrc: ssrcFor(step.live) }],
      };
  }
}

Deno.test("plan() gives nothing more to do when its steps were carried out", () => {
  fc.assert(fc.property(wishes, seens, (wish, seen) => {
    const after = plan(wish, seen).reduce(apply, seen);
    assert.deepEqual(plan(wish, after), []);
  }));
});

Deno.test("plan() leaves one forwarder for each mixer that is wished for, and no others", () => {
  fc.assert(fc.property(room, seens, (wish, seen) => {
    const after = plan(wish, seen).reduce(apply, seen);
    assert.notEqual(after, null);
    const { status, forwarders } = report(wish, after, "j1");
    assert.equal(after?.forwarders.length, forwarders.length);
    for (const { ssrc } of forwarders) assert.ok(isOfLive(ssrc, wish.live));
    const to = (mixerId: string) => forwarders.some((one) => one.mixerId === mixerId);
    if (wish.primary === null) assert.ok(!to("m1"));
    if (wish.standby === null) assert.ok(!to("m2"));
    if (wish.primary?.current) assert.ok(to("m1"));
    if (wish.problem !== null) assert.equal(status, "failed");
    else assert.equal(status, to("m1") ? "forwarding" : "room_created");
  }));
});

Deno.test("plan() never has two forwarders send to the port it opens one for", () => {
  fc.assert(fc.property(room, seens, (wish, seen) => {
    let now = seen;
    for (const step of plan(wish, seen)) {
      if (step.do === "forward") {
        const { host, port } = step.to;
        assert.ok(!now?.forwarders.some((one) => one.host === host && one.port === port));
      }
      now = apply(now, step);
    }
  }));
});

Deno.test("plan() stops the forwarders of a room that is over before it destroys the room", () => {
  const forwarders = [{ streamId: 7, host: "10.0.0.1", port: 30000, ssrc: ssrcFor(1) }];
  assert.deepEqual(plan({ kind: "gone" }, { forwarders }), [
    { do: "stop_forwarder", streamId: 7 },
    { do: "destroy_room" },
  ]);
  assert.deepEqual(plan({ kind: "gone" }, null), []);
});

const PRIMARY = { mixerId: "m1", host: "10.0.0.1", port: 30000, current: true };
const STANDBY = { mixerId: "m2", host: "10.0.0.2", port: 31000, current: true };
const WISH = {
  ...{ kind: "room", epoch: 4, live: 2, problem: null } as const,
  primary: PRIMARY,
  standby: STANDBY,
};

Deno.test("plan() makes a new forwarder to the same port when the broadcast is new", () => {
  const old = { streamId: 7, host: "10.0.0.1", port: 30000, ssrc: ssrcFor(1) };
  assert.deepEqual(plan({ ...WISH, standby: null }, { forwarders: [old] }), [
    { do: "stop_forwarder", streamId: 7 },
    { do: "forward", to: { host: "10.0.0.1", port: 30000 }, live: 2 },
  ]);
});

Deno.test("plan() leaves a forwarder alone when only the epoch and the roles are new", () => {
  const one = { streamId: 7, host: "10.0.0.1", port: 30000, ssrc: ssrcFor(2) };
  const two = { streamId: 8, host: "10.0.0.2", port: 31000, ssrc: ssrcFor(2) };
  const both: Seen = { forwarders: [one, two] };
  assert.deepEqual(plan(WISH, both), []);
  const swapped = { ...WISH, epoch: 5, primary: { ...STANDBY, current: false }, standby: PRIMARY };
  assert.deepEqual(plan(swapped, both), []);
  const { status, forwarders } = report(swapped, both, "j1");
  assert.deepEqual([status, forwarders], ["forwarding", [
    { mixerId: "m2", ...two },
    { mixerId: "m1", ...one },
  ]]);
});

Deno.test("plan() begins no forwarder to a port that a mixer named in an earlier epoch", () => {
  const wish = { ...WISH, primary: { ...PRIMARY, current: false }, standby: null };
  assert.deepEqual(plan(wish, { forwarders: [] }), []);
});

Deno.test("ssrcFor() is 31 bits, never 0, and tells its broadcast", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 1e9 }),
    fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    (live, random) => {
      const ssrc = ssrcFor(live, () => random);
      assert.ok(Number.isInteger(ssrc) && ssrc > 0 && ssrc < 2 ** 31);
      assert.ok(isOfLive(ssrc, live));
      assert.ok(!isOfLive(ssrc, live + 1));
    },
  ));
});
