import assert from "node:assert/strict";
import fc from "fast-check";
import { AppError } from "../../src/contracts/errors.ts";
import {
  byPlace,
  decodeCursor,
  encodeCursor,
  pageOf,
  type RoomPlace,
} from "../../src/control/rooms/page.ts";

const place: fc.Arbitrary<RoomPlace> = fc.record({
  id: fc.stringMatching(/^[a-z0-9][a-z0-9-]{2,10}$/),
  live: fc.boolean(),
  createdAt: fc.nat(20),
}, { noNullPrototype: true });
const places = fc.uniqueArray(place, { selector: ({ id }) => id, maxLength: 40 });

function allPages(sorted: readonly RoomPlace[], limit: number, cursor?: string): RoomPlace[] {
  const { rooms, nextCursor } = pageOf(sorted, limit, cursor);
  return nextCursor === null ? [...rooms] : [...rooms, ...allPages(sorted, limit, nextCursor)];
}

Deno.test("pageOf() gives every room once and in order, whatever the page's length", () => {
  fc.assert(fc.property(places, fc.integer({ min: 1, max: 9 }), (given, limit) => {
    const sorted = given.toSorted(byPlace);
    assert.deepEqual(allPages(sorted, limit), sorted);
    const firstIdle = sorted.findIndex(({ live }) => !live);
    if (firstIdle >= 0) assert.ok(sorted.slice(firstIdle).every(({ live }) => !live));
  }));
});

Deno.test("pageOf() neither repeats nor hides a room when others come and go between pages", () => {
  fc.assert(fc.property(places, places, fc.nat(5), (given, others, limit) => {
    const known = new Set(given.map(({ id }) => id));
    const added = others.filter(({ id }) => !known.has(id));
    const sorted = given.toSorted(byPlace);
    const { rooms, nextCursor } = pageOf(sorted, limit + 1);
    if (nextCursor === null) return;
    const last = rooms.at(-1);
    const after = [...sorted.filter((one) => one !== last), ...added].sort(byPlace);
    const seen = [...rooms, ...allPages(after, limit + 1, nextCursor)].map(({ id }) => id);
    assert.equal(new Set(seen).size, seen.length);
    for (const { id } of sorted) assert.ok(seen.includes(id));
  }));
});

Deno.test("decodeCursor() gives back what encodeCursor() made, and refuses all else", () => {
  fc.assert(fc.property(place, (one) => {
    assert.deepEqual(decodeCursor(encodeCursor(one)), one);
  }));
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
    try {
      decodeCursor(text);
    } catch (err) {
      assert.ok(err instanceof AppError && err.code === "invalid_params");
    }
  }));
});
