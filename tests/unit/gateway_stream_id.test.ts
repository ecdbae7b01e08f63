import { equal } from "node:assert/strict";
import fc from "fast-check";
import { compareStreamIds, isStreamId } from "../../src/gateway/signaling/stream_id.ts";

const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

Deno.test("compareStreamIds() orders by number, not by text", () => {
  fc.assert(fc.property(u64, u64, u64, u64, (aMs, aSeq, bMs, bSeq) => {
    const a = aMs * 2n ** 64n + aSeq;
    const b = bMs * 2n ** 64n + bSeq;
    const expected = a < b ? -1 : a > b ? 1 : 0;
    equal(compareStreamIds(`${aMs}-${aSeq}`, `${bMs}-${bSeq}`), expected);
    equal(isStreamId(`${aMs}-${aSeq}`), true);
  }));
});

Deno.test("isStreamId() refuses what Redis would refuse", () => {
  for (const text of ["", "1", "1-", "-1-1", "1-1-1", "18446744073709551616-0", "a-b", " 1-1"]) {
    equal(isStreamId(text), false, text);
  }
});
