import assert from "node:assert/strict";
import { MOST_MOVES, Pace, PACE_MS } from "../../src/control/placement/pace.ts";

const live = (epoch: number, liveId = "livelive1") => ({ epoch, liveId });

Deno.test("Pace.see() lets a room move at once until it moved too often", () => {
  const clock = { now: 1000 };
  const pace = new Pace(() => clock.now);
  assert.equal(pace.see("room-a", live(7)), 0);
  for (let move = 1; move < MOST_MOVES; move++) {
    clock.now += 100;
    assert.equal(pace.see("room-a", live(7 + move)), 0);
  }
  assert.ok(pace.see("room-a", live(7 + MOST_MOVES)) > 0);
  assert.equal(pace.see("room-b", live(1)), 0);
});

Deno.test("Pace.see() lets a room move again when its oldest move is long ago, or in another broadcast", () => {
  const clock = { now: 1000 };
  const pace = new Pace(() => clock.now);
  pace.see("room-a", live(1));
  assert.equal(pace.see("room-a", live(1 + 10 * MOST_MOVES)), PACE_MS);
  clock.now += 4000;
  assert.equal(pace.see("room-a", live(1 + 10 * MOST_MOVES)), PACE_MS - 4000);
  assert.equal(pace.see("room-a", live(100, "livelive2")), 0);
  pace.see("room-a", live(200, "livelive2"));
  pace.forget("room-a");
  assert.equal(pace.see("room-a", live(200, "livelive2")), 0);
});
