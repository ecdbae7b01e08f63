import assert from "node:assert/strict";
import fc from "fast-check";
import type { ForwarderInfo } from "../../src/platform/janus/types.ts";
import { plan, report, type Seen, type Step } from "../../src/media/janus/plan.ts";
import { isOfEpoch, ssrcFor } from "../../src/media/janus/ssrc.ts";
import type { Wish } from "../../src/media/janus/wish.ts";

const host = fc.constantFrom("10.0.0.1", "10.0.0.2", "::1", "0:0:0:0:0:0:0:1");
const port = fc.constantFrom(30000, 30002);
const epoch = fc.integer({ min: 1, max: 3 });
const address = fc.record({ host, port });

const room = fc.record({
  kind: fc.constant("room" as const),
  epoch,
  target: fc.option(fc.record({ host, port, mixerId: fc.constantFrom("m1", "m2") })),
  former: fc.option(address),
  problem: fc.option(fc.string(), { freq: 5 }),
}).map((wish) => ({ ...wish, former: wish.target === null ? wish.former : null }));
const wishes: fc.Arbitrary<Wish> = fc.oneof(
  room,
  fc.constant({ kind: "gone" as const }),
  fc.constant({ kind: "hold" as const }),
);

const seens: fc.Arbitrary<Seen> = fc.option(
  fc.uniqueArray(
    fc.record({ streamId: fc.nat(1000), host, port, ssrc: epoch.map((of) => ssrcFor(of)) }),
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
        forwarders: [...forwarders, { ...step.to, streamId: 2000, ssrc: ssrcFor(step.epoch) }],
      };
  }
}

Deno.test("plan() gives nothing more to do when its steps were carried out", () => {
  fc.assert(fc.property(wishes, seens, (wish, seen) => {
    const after = plan(wish, seen).reduce(apply, seen);
    assert.deepEqual(plan(wish, after), []);
  }));
});

Deno.test("plan() leaves exactly the one forwarder that is wished for", () => {
  fc.assert(fc.property(room, seens, (wish, seen) => {
    const after = plan(wish, seen).reduce(apply, seen);
    assert.notEqual(after, null);
    if (wish.target !== null) assert.equal(after?.forwarders.length, 1);
    else if (wish.former === null) assert.equal(after?.forwarders.length, 0);
    const { status, forwarders } = report(wish, after, "j1");
    if (wish.problem !== null) assert.equal(status, "failed");
    else assert.equal(status, wish.target === null ? "room_created" : "forwarding");
    for (const { ssrc } of forwarders) assert.ok(isOfEpoch(ssrc, wish.epoch));
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

Deno.test("plan() makes a new forwarder to the same port when the epoch is new", () => {
  const old = { streamId: 7, host: "10.0.0.1", port: 30000, ssrc: ssrcFor(1) };
  const target = { mixerId: "m1", host: "10.0.0.1", port: 30000 };
  const wish: Wish = { kind: "room", epoch: 2, target, former: null, problem: null };
  assert.deepEqual(plan(wish, { forwarders: [old] }), [
    { do: "stop_forwarder", streamId: 7 },
    { do: "forward", to: { host: "10.0.0.1", port: 30000 }, epoch: 2 },
  ]);
});

Deno.test("ssrcFor() is 31 bits, never 0, and tells its epoch", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 1e9 }),
    fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    (epoch, random) => {
      const ssrc = ssrcFor(epoch, () => random);
      assert.ok(Number.isInteger(ssrc) && ssrc > 0 && ssrc < 2 ** 31);
      assert.ok(isOfEpoch(ssrc, epoch));
      assert.ok(!isOfEpoch(ssrc, epoch + 1));
    },
  ));
});
