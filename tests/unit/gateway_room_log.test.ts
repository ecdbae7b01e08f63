import { deepEqual } from "node:assert/strict";
import fc from "fast-check";
import { parseEvents, seatsLeft } from "../../src/gateway/signaling/room_log.ts";

Deno.test("parseEvents() leaves out what fits no event, and keeps the rest", () => {
  const left = ["2-0", ["method", "left", "params", `{"seat":"a.b"}`]];
  const entries = [
    ["1-0", ["method", "talking", "params", "{}"]],
    left,
    ["3-0", ["method", "left", "params", "{"]],
    ["4-0", ["method", "muted", "params", `{"seat":"a.b"}`]],
    ["5-0", ["method"]],
    null,
  ];
  deepEqual(parseEvents(entries), [{ id: "2-0", method: "left", params: { seat: "a.b" } }]);
});

Deno.test("seatsLeft() names seats that were left, and not those that were taken again", () => {
  const joined = (id: string, seat: string) => {
    const participant = { id: seat, userId: "ada", name: "Ada", role: "speaker", muted: false };
    return [id, ["method", "joined", "params", JSON.stringify({ participant })]];
  };
  const left = (
    id: string,
    seat: string,
  ) => [id, ["method", "left", "params", `{"seat":"${seat}"}`]];
  const events = parseEvents([
    joined("1-0", "stays"),
    left("2-0", "goes"),
    left("3-0", "returns"),
    joined("4-0", "returns"),
  ]);
  deepEqual([...seatsLeft(events)], ["goes"]);
});

Deno.test("parseEvents() never throws", () => {
  fc.assert(fc.property(fc.anything(), fc.oneof(fc.string(), fc.json()), (value, text) => {
    parseEvents(value);
    parseEvents([value, ["1-0", value], ["1-0", ["method", "left", "params", text]]]);
  }));
});
