/** The id of an entry of a Redis stream: milliseconds and a sequence number, both unsigned 64 bit. */
export type StreamId = string;

const FORM = /^(\d{1,20})-(\d{1,20})$/;
const MAX = 2n ** 64n - 1n;

/** Whether Redis would take it. */
export function isStreamId(text: string): boolean {
  const [, ms, seq] = FORM.exec(text) ?? [];
  return ms !== undefined && seq !== undefined && BigInt(ms) <= MAX && BigInt(seq) <= MAX;
}

/** Negative when `a` comes before `b`, 0 when they are the same, positive when it comes after. */
export function compareStreamIds(a: StreamId, b: StreamId): number {
  const [aMs, aSeq] = numbersOf(a);
  const [bMs, bSeq] = numbersOf(b);
  if (aMs !== bMs) return aMs < bMs ? -1 : 1;
  return aSeq === bSeq ? 0 : aSeq < bSeq ? -1 : 1;
}

function numbersOf(id: StreamId): [bigint, bigint] {
  const [, ms, seq] = FORM.exec(id) ?? [];
  if (ms === undefined || seq === undefined) {
    throw new RangeError(`Cannot read a stream id: current value is "${id}"`);
  }
  return [BigInt(ms), BigInt(seq)];
}
