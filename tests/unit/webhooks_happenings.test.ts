import assert from "node:assert/strict";
import fc from "fast-check";
import { type Seen, tell, type Told } from "../../src/control/webhooks/happenings.ts";
import type { RoomFacts } from "../../src/control/webhooks/room_facts.ts";

const NOW = 5000;
const facts = (rest: Partial<RoomFacts> = {}): RoomFacts => ({
  id: "room-1",
  title: "A room",
  owner: { id: "alice", name: "Alice" },
  createdAt: 1000,
  lives: 0,
  live: null,
  ...rest,
});
const live = (number: number): Partial<RoomFacts> => ({
  lives: number,
  live: { id: `live0000${number}`, number, startedAt: 2000 + number },
});
const on = (number: number, name: "on_air" | "degraded" | null = null): Seen => ({
  facts: facts(live(number)),
  state: name && { name, reasons: ["why"] },
});
const idle = (lives: number): Seen => ({ facts: facts({ lives }), state: null });

/** The types told when a room is seen so, one after the other. */
function story(
  told: Told | null,
  ...seen: (Seen | null)[]
): { types: string[]; told: Told | null } {
  const types: string[] = [];
  for (const one of seen) {
    const step = tell(told, one, NOW);
    types.push(...step.events.map(({ type }) => type));
    told = step.told;
  }
  return { types, told };
}

Deno.test("tell() tells each step of a room's life when it is seen step by step", () => {
  const { types, told } = story(
    null,
    ...[idle(0), on(1), on(1, "on_air"), on(1, "degraded"), on(1), on(1, "on_air"), idle(1), null],
  );
  assert.deepEqual(types, [
    "room.created",
    "room.started",
    "room.on_air",
    "room.degraded",
    "room.on_air",
    "room.stopped",
    "room.deleted",
  ]);
  assert.equal(told, null);
});

Deno.test("tell() tells nothing when nothing has changed", () => {
  const { told } = story(null, on(1, "on_air"));
  assert.deepEqual(story(told, on(1, "on_air"), on(1)).types, []);
});

Deno.test("tell() tells what can be known when steps were missed", () => {
  const { told } = story(null, on(1, "on_air"));
  assert.deepEqual(story(told, on(2)).types, ["room.stopped", "room.started"]);
  assert.deepEqual(story(told, null).types, ["room.stopped", "room.deleted"]);
  const anew: Seen = { facts: facts({ createdAt: 3000 }), state: null };
  assert.deepEqual(story(told, anew).types, ["room.stopped", "room.deleted", "room.created"]);
  assert.deepEqual(story(null, on(1, "degraded")).types, [
    "room.created",
    "room.started",
    "room.degraded",
  ]);
});

Deno.test("tell() takes in a new title when there is nothing to tell", () => {
  const { told } = story(null, idle(0));
  const renamed = tell(told, { facts: facts({ title: "Another" }), state: null }, NOW);
  assert.deepEqual([renamed.events, renamed.told?.title], [[], "Another"]);
});

Deno.test("tell() gives an event the same id when another sees it later, and no two events one id", () => {
  const seen = [
    idle(0),
    on(1),
    on(1, "on_air"),
    on(1, "degraded"),
    on(1, "on_air"),
    idle(1),
    on(2),
  ];
  const idsAt = (now: number) => {
    let told: Told | null = null;
    return seen.flatMap((one) => {
      const step = tell(told, one, now);
      told = step.told;
      return step.events.map(({ id }) => id);
    });
  };
  assert.deepEqual(idsAt(NOW), idsAt(NOW + 60_000));
  assert.equal(new Set(idsAt(NOW)).size, idsAt(NOW).length);
});

Deno.test("tell() balances every start with a stop when the room is gone in the end, whatever was seen", () => {
  const steps = fc.oneof(
    fc.constant(null),
    fc.nat(3).map(idle),
    fc.tuple(fc.integer({ min: 1, max: 4 }), fc.constantFrom(null, "on_air", "degraded"))
      .map(([number, state]) => on(number, state as "on_air" | null)),
  );
  fc.assert(fc.property(fc.array(steps, { maxLength: 12 }), (seen) => {
    const { types } = story(null, ...seen, null);
    const times = (type: string) => types.filter((one) => one === type).length;
    assert.equal(times("room.started"), times("room.stopped"));
    assert.equal(times("room.created"), times("room.deleted"));
  }));
});
