import assert from "node:assert/strict";
import { FRAME_MS } from "../../src/contracts/media_clock.ts";
import { FrameCount } from "../../src/media/mixer/frame_count.ts";

Deno.test("FrameCount.lastAt is the start until there is a frame", () => {
  const frames = new FrameCount(1000);
  frames.add(0, 1500);
  assert.equal(frames.lastAt, 1000);
  assert.equal(frames.count, 0);
});

Deno.test("FrameCount.lastAt goes back to when the frames ceased, if few were found", () => {
  const frames = new FrameCount(1000);
  frames.add(1, 1200);
  const settled = frames.lastAt;
  assert.ok(settled <= 1200);
  frames.add(5, 1300);
  assert.equal(frames.lastAt, 1200 + 0, "no earlier than the read before");
  frames.add(1, 1400);
  assert.equal(frames.lastAt, 1300);
  assert.equal(frames.count, 7);
});

Deno.test("FrameCount.lastAt is never after the read, however many come at once", () => {
  const frames = new FrameCount(0);
  frames.add(100, 50);
  assert.equal(frames.lastAt, 50);
  frames.add(2, 50 + 2 * FRAME_MS);
  assert.equal(frames.lastAt, 50 + 2 * FRAME_MS);
});
