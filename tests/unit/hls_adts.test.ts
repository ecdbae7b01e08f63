import assert from "node:assert/strict";
import fc from "fast-check";
import { type AdtsFormat, AdtsParser, readAdtsHeader } from "../../src/hls/adts.ts";
import { concat } from "../../src/hls/mp4.ts";
import { adtsFrame } from "./hls_adts_frame.ts";

const FORMAT: AdtsFormat = { objectType: 2, sampleRate: 48_000, channels: 1 };

const bytes = (max: number) => fc.uint8Array({ minLength: 1, maxLength: max });
/** Bytes in which no header can begin. */
const garbage = fc.uint8Array({ maxLength: 40, max: 0xfe });
/** Where a stream of bytes is cut, as shares of its length. */
const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 });

function cut(stream: Uint8Array, shares: readonly number[]): Uint8Array[] {
  const ends = [...shares.map((share) => Math.floor(share * stream.length)), stream.length];
  ends.sort((a, b) => a - b);
  return ends.map((end, i) => stream.slice(ends[i - 1] ?? 0, end));
}

function parse(chunks: readonly Uint8Array[]) {
  const parser = new AdtsParser(FORMAT);
  const frames = chunks.flatMap((chunk) => parser.push(chunk));
  return { frames: frames.map((frame) => [...frame]), skipped: parser.skippedBytes };
}

Deno.test("AdtsParser.push() gives every frame whole when the stream is cut anywhere", () => {
  const pieces = fc.array(fc.tuple(garbage, bytes(700), fc.boolean()), { minLength: 1 });
  fc.assert(fc.property(pieces, cuts, (list, shares) => {
    const stream = concat(
      list.flatMap(([junk, payload, crc]) => [junk, adtsFrame(payload, FORMAT, crc)]),
    );
    const { frames, skipped } = parse(cut(stream, shares));
    assert.deepEqual(frames, list.map(([, payload]) => [...payload]));
    assert.equal(skipped, list.reduce((sum, [junk]) => sum + junk.length, 0));
  }));
});

Deno.test("AdtsParser.push() gives the same for any bytes, however they are cut", () => {
  const stream = fc.array(
    fc.oneof(bytes(60), bytes(60).map((payload) => adtsFrame(payload, FORMAT, false))),
    { maxLength: 12 },
  ).map(concat);
  fc.assert(fc.property(stream, cuts, (hostile, shares) => {
    const whole = parse([hostile]);
    assert.deepEqual(parse(cut(hostile, shares)), whole);
    const used = whole.frames.reduce((sum, frame) => sum + frame.length + 7, whole.skipped);
    assert.ok(used <= hostile.length);
  }));
});

Deno.test("AdtsParser.push() takes single bytes as well as one large chunk", () => {
  const payloads = [new Uint8Array(8000).fill(1), new Uint8Array(1).fill(2)];
  const stream = concat(payloads.map((payload) => adtsFrame(payload, FORMAT, false)));
  const { frames } = parse([...stream].map((byte) => Uint8Array.of(byte)));
  assert.deepEqual(frames.map((frame) => frame.length), [8000, 1]);
});

Deno.test("AdtsParser.push() skips frames of another format", () => {
  const other = [
    { ...FORMAT, channels: 2 },
    { ...FORMAT, sampleRate: 44_100 },
    { ...FORMAT, objectType: 1 },
  ];
  const payload = Uint8Array.of(1, 2, 3);
  const stream = concat([...other, FORMAT].map((format) => adtsFrame(payload, format, false)));
  assert.deepEqual(parse([stream]), { frames: [[1, 2, 3]], skipped: 30 });
});

Deno.test("readAdtsHeader() refuses what is no header", () => {
  const good = adtsFrame(Uint8Array.of(9), FORMAT, false);
  assert.equal(readAdtsHeader(good, 0)?.frameLength, 8);
  assert.equal(readAdtsHeader(good.slice(0, 6), 0), null, "too short");
  const changed = (index: number, value: number) => good.map((b, i) => i === index ? value : b);
  assert.equal(readAdtsHeader(changed(0, 0xfe), 0), null, "no sync word");
  assert.equal(readAdtsHeader(changed(1, 0xf7), 0), null, "a layer other than 0");
  assert.equal(readAdtsHeader(changed(2, 0x7c), 0), null, "a reserved sample rate");
  assert.equal(readAdtsHeader(changed(5, 0xff), 0)?.frameLength, 15);
  const empty = adtsFrame(new Uint8Array(), FORMAT, false);
  assert.equal(readAdtsHeader(empty, 0), null, "a frame without payload");
  assert.equal(readAdtsHeader(changed(6, 0xfd), 0), null, "several raw blocks");
});
