import assert from "node:assert/strict";
import fc from "fast-check";
import { GoawayScanner } from "../../src/coordination/goaway_scanner.ts";

const GOAWAY = 0x7;

/** A frame of HTTP/2 on stream 1. */
function frame(type: number, payload: Uint8Array): number[] {
  const { length } = payload;
  return [length >> 16, (length >> 8) & 0xff, length & 0xff, type, 0, 0, 0, 0, 1, ...payload];
}

const harmless = fc.tuple(
  fc.nat(0xff).filter((type) => type !== GOAWAY),
  fc.uint8Array({ maxLength: 300 }),
).map(([type, payload]) => frame(type, payload));

/** What passes when the bytes come cut at the places given. */
function passed(bytes: readonly number[], cuts: readonly number[]) {
  const scanner = new GoawayScanner();
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1))), bytes.length];
  let from = 0;
  let count = 0;
  for (const to of places.sort((a, b) => a - b)) {
    const { bytes: some, goaway } = scanner.pass(Uint8Array.from(bytes.slice(from, to)));
    count += some;
    if (goaway) return { count, goaway };
    from = to;
  }
  return { count, goaway: false };
}

Deno.test("GoawayScanner.pass() lets every other frame through, however the stream is cut", () => {
  fc.assert(fc.property(fc.array(harmless), fc.array(fc.nat()), (frames, cuts) => {
    const bytes = frames.flat();
    assert.deepEqual(passed(bytes, cuts), { count: bytes.length, goaway: false });
  }));
});

Deno.test("GoawayScanner.pass() stops in the header of the first GOAWAY, whatever follows", () => {
  fc.assert(
    fc.property(
      fc.array(harmless),
      fc.array(harmless),
      fc.array(fc.nat()),
      (before, after, cuts) => {
        const good = before.flat();
        const bytes = [...good, ...frame(GOAWAY, new Uint8Array(8)), ...after.flat()];
        const { count, goaway } = passed(bytes, cuts);
        assert.ok(goaway);
        assert.ok(count >= good.length && count < good.length + 9);
      },
    ),
  );
});
