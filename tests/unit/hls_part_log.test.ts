import assert from "node:assert/strict";
import { PartLog, segmentTime } from "../../src/hls/part_log.ts";
import { readFragments } from "../support/hls/fmp4.ts";
import { SILENCE, SOUND } from "./hls_simulated_room.ts";

function log(keepSegments = 100): PartLog {
  return new PartLog({ mediaSequence: 500, partFrames: 10, silence: SILENCE, keepSegments });
}

Deno.test("PartLog.fill() cuts parts and segments by the slot's number, the pre-roll's too", () => {
  const parts = log();
  const closed: number[] = [];
  for (let slot = -150; slot < 65; slot++) if (parts.fill(slot, null)) closed.push(slot);
  assert.deepEqual(closed, Array.from({ length: 21 }, (_, i) => -141 + 10 * i));
  assert.deepEqual(
    parts.segments.map(({ msn, parts, complete }) => [msn, parts.length, complete]),
    [[497, 5, true], [498, 5, true], [499, 5, true], [500, 5, true], [501, 1, false]],
  );
  assert.equal(parts.missingInPart, 5);
  const times = parts.segments.flatMap((segment) =>
    segment.parts.flatMap(({ bytes }) => readFragments(bytes))
  );
  assert.deepEqual(times.map(({ decodeTime }) => decodeTime), times.map((_, i) => i * 10_240));
  assert.deepEqual(times.map(({ sequence }) => sequence), times.map((_, i) => i + 1));
});

Deno.test("PartLog counts the frames of the source in each part", () => {
  const parts = log();
  for (let slot = 0; slot < 20; slot++) parts.fill(slot, slot < 3 || slot > 11 ? SOUND : null);
  const counts = parts.segments[0]?.parts.map(({ sourceFrames }) => sourceFrames);
  assert.deepEqual(counts, [3, 8]);
});

Deno.test("PartLog forgets the oldest segments, and knows the rest by number", () => {
  const parts = log(3);
  for (let slot = 0; slot < 525; slot++) parts.fill(slot, null);
  assert.deepEqual(parts.segments.map(({ msn }) => msn), [507, 508, 509, 510]);
  assert.equal(parts.segment(506), null);
  assert.equal(parts.segment(508)?.msn, 508);
  assert.equal(parts.segment(511), null);
});

Deno.test("PartLog.end() makes the last segment complete as it is", () => {
  const parts = log();
  parts.end();
  assert.equal(parts.segments.length, 0);
  for (let slot = 0; slot < 20; slot++) parts.fill(slot, null);
  parts.end();
  assert.equal(parts.segments[0]?.complete, true);
});

Deno.test("segmentTime() is the wall time of a segment's first frame", () => {
  const live = { startedAt: 1_000_000, mediaSequence: 500 };
  assert.equal(segmentTime(live, 500), 1_000_000);
  assert.equal(segmentTime(live, 503), 1_003_200);
  assert.equal(segmentTime(live, 497), 996_800);
});
