import assert from "node:assert/strict";
import fc from "fast-check";
import { RoomClock } from "../../src/gateway/edge/room_clock.ts";
import { PartFrames } from "../../src/contracts/room.ts";
import { partMs } from "../../src/hls/part_place.ts";

const live = fc.constantFrom(...PartFrames.options.map(({ value }) => ({ partFrames: value })));
const zero = fc.double({ min: 0, max: 1e9, noNaN: true });

/** Parts that came one after the other, each late by what is given. */
function taught(live: { partFrames: 5 | 10 | 25 }, first: number, zero: number, lateMs: number[]) {
  const clock = new RoomClock(live);
  lateMs.forEach((late, index) => {
    const number = first + index;
    clock.learn(number, zero + number * partMs(live) + late, true);
  });
  return { clock, next: first + lateMs.length, end: first * partMs(live) + zero };
}

Deno.test("RoomClock.due() is when the part comes if it is as late as the least late of the last ones", () => {
  const late = fc.array(fc.double({ min: 0, max: 400, noNaN: true }), {
    minLength: 1,
    maxLength: 60,
  });
  fc.assert(fc.property(live, fc.nat(1e6), zero, late, (live, first, zero, lateMs) => {
    const { clock, next } = taught(live, first, zero, lateMs);
    const due = clock.due(next) ?? NaN;
    const exact = zero + next * partMs(live);
    const span = Math.floor(2000 / partMs(live));
    const least = Math.min(...lateMs.slice(-Math.min(span, lateMs.length)));
    assert.ok(due >= exact - 1e-3, "never before it can be");
    assert.ok(due <= exact + least + 1e-3, "never later than the least late of the last 2 s");
  }));
});

Deno.test("RoomClock.nextAt() and due() say the same", () => {
  fc.assert(
    fc.property(live, fc.nat(1e6), zero, fc.nat(1e5), (live, first, zero, ahead) => {
      const { clock } = taught(live, first, zero, [0]);
      const number = first + ahead;
      const due = clock.due(number) ?? NaN;
      assert.equal(clock.nextAt(due + 0.01), number + 1);
      assert.equal(clock.nextAt(due - 0.01), number);
    }),
  );
});

Deno.test("RoomClock follows an origin whose clock is being put right, as slow as that goes", () => {
  const clock = new RoomClock({ partFrames: 10 });
  const part = partMs({ partFrames: 10 });
  for (let number = 0; number < 300; number++) {
    const at = number * part * 1.02;
    if (number > 0) assert.ok(Math.abs((clock.due(number) ?? NaN) - at) < 100);
    clock.learn(number, at, true);
  }
});

Deno.test("RoomClock is trusted while somebody listens by it, and never when it was guessed", () => {
  const clock = new RoomClock({ partFrames: 10 });
  assert.deepEqual([clock.set, clock.trusted(0), clock.due(1)], [false, false, null]);
  clock.guess(10, 0);
  assert.deepEqual([clock.set, clock.trusted(1)], [true, false]);
  clock.learn(200, 100, true);
  assert.ok(clock.trusted(101));
  assert.ok(Math.abs((clock.due(200) ?? NaN) - 100) < 1e-6, "what was guessed counts no more");
  assert.equal(clock.trusted(60_000), false);
  clock.use(60_000);
  assert.ok(clock.trusted(60_001));
});

Deno.test("RoomClock.learn() lets a part that was there before it was asked for show that parts come earlier, never later", () => {
  const clock = new RoomClock({ partFrames: 10 });
  const part = partMs({ partFrames: 10 });
  clock.learn(0, 1000, true);
  const due = clock.due(100) ?? NaN;
  // The process was frozen for 6 s, and now fetches what it missed.
  for (let number = 1; number < 25; number++) clock.learn(number, 7000 + number, false);
  assert.equal(clock.due(100), due);
  clock.learn(30, 950 + 30 * part, false);
  assert.ok(Math.abs((clock.due(100) ?? NaN) - (due - 50)) < 1e-6);
});
