import assert from "node:assert/strict";
import fc from "fast-check";
import { RoomView } from "../../src/contracts/operations.ts";
import {
  list,
  nullable,
  oneOf,
  optional,
  shape,
  ShapeError,
  text,
} from "../../web/src/client/shape.ts";
import { readRoom } from "../../web/src/client/views.ts";

const ROOM = {
  id: "friday",
  title: "Friday night talk",
  owner: { id: "ada", name: "Ada" },
  hasPin: true,
  redundancy: 2,
  access: "signed",
  createdAt: "2026-01-02T03:04:05.000Z",
  state: "on_air",
  stateText: "Sound goes from the room to its listeners.",
  reasons: [],
  live: {
    id: "abcdefgh",
    epoch: 3,
    startedAt: "2026-01-02T03:04:05.000Z",
    janusId: "janus-1",
    mixerId: "mixer-1",
    standbyId: "mixer-2",
  },
  links: { listen: "/l", studio: "/s", hls: "/h", classic: "/c" },
};

Deno.test("readRoom() reads what the contract's own schema accepts", () => {
  assert.deepEqual(readRoom(ROOM), RoomView.parse(ROOM));
  assert.equal(readRoom({ ...ROOM, live: null }).live, null);
});

Deno.test("readRoom() names the member when it is not what the contract says", () => {
  assert.throws(() => readRoom({ ...ROOM, owner: { id: "ada", name: 7 } }), /\/owner\/name.*text/);
  assert.throws(() => readRoom({ ...ROOM, state: "sleeping" }), /\/state.*one of idle/);
});

Deno.test("readRoom() throws nothing but ShapeError on hostile values", () => {
  fc.assert(fc.property(fc.anything(), (value) => {
    try {
      readRoom(value);
    } catch (error) {
      assert.ok(error instanceof ShapeError);
    }
  }));
});

Deno.test("shape() leaves out members it does not know and optional ones that are absent", () => {
  const read = shape<{ a: string; b?: string | undefined }>({ a: text, b: optional(text) });
  assert.deepEqual(read({ a: "x", secret: 1 }), { a: "x" });
  assert.deepEqual(read({ a: "x", b: "y" }), { a: "x", b: "y" });
  assert.throws(() => read({ a: "x", b: 1 }), ShapeError);
});

Deno.test("list(), nullable() and oneOf() say where the bad value is", () => {
  const read = shape({ all: list(nullable(oneOf("a", "b"))) });
  assert.deepEqual(read({ all: ["a", null, "b"] }), { all: ["a", null, "b"] });
  assert.throws(() => read({ all: ["a", "c"] }), /\/all\/1/);
});
