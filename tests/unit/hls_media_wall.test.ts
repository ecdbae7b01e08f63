import assert from "node:assert/strict";
import fc from "fast-check";
import { FRAME_MS } from "../../src/contracts/media_clock.ts";
import { FrameGrid } from "../../src/hls/frame_grid.ts";
import { MediaWall } from "../../src/hls/media_wall.ts";

/** A machine's two clocks. */
class Clocks {
  monotonic = 5_000;
  wall = 1_700_000_000_000;
  readonly media = new MediaWall({
    wallNow: () => this.wall,
    monotonicNow: () => this.monotonic,
  });

  pass(ms: number): void {
    this.monotonic += ms;
    this.wall += ms;
  }
}

Deno.test("MediaWall.now() never goes back and never runs off by more than its slew", () => {
  const step = fc.record({
    ms: fc.double({ min: 0, max: 5000, noNaN: true }),
    jump: fc.oneof(fc.constant(0), fc.integer({ min: -20_000, max: 20_000 })),
  });
  fc.assert(fc.property(fc.array(step), (steps) => {
    const clocks = new Clocks();
    let before = clocks.media.now();
    for (const { ms, jump } of steps) {
      clocks.pass(ms);
      clocks.wall += jump;
      const now = clocks.media.now();
      assert.ok(now >= before);
      assert.ok(Math.abs(now - before - ms) <= ms * 0.02 + 1e-3);
      before = now;
    }
  }));
});

Deno.test("MediaWall.now() leaves small offsets alone and takes large ones back to 100 ms", () => {
  const clocks = new Clocks();
  clocks.wall += 90;
  clocks.pass(60_000);
  assert.ok(Math.abs(clocks.wall - clocks.media.now() - 90) < 1e-3);
  clocks.wall += 910;
  for (let s = 0; s < 120; s++) {
    clocks.pass(1000);
    clocks.media.now();
  }
  const left = clocks.wall - clocks.media.now();
  assert.ok(left <= 100.001 && left > 70, `${left}`);
});

Deno.test("an NTP step of 8 s costs a room no hole and no burst, but a frame a second", () => {
  for (const jump of [8000, -8000]) {
    const clocks = new Clocks();
    const zero = clocks.wall;
    const wall = () => (clocks.media.now() - zero) / FRAME_MS;
    const fills: (number | null)[] = [];
    const grid = new FrameGrid(0, (_, frame) => fills.push(frame === null ? null : 1));
    const second = () => {
      for (let i = 0; i < 47; i++) {
        clocks.pass(FRAME_MS);
        grid.push(Uint8Array.of(1), wall());
        grid.tick(wall());
      }
    };
    for (let s = 0; s < 10; s++) second();
    clocks.wall += jump;
    for (let s = 0; s < 60; s++) {
      const before = { ...grid.counts };
      second();
      const { silent, dropped } = grid.counts;
      assert.ok(silent - before.silent <= 2 && dropped - before.dropped <= 2, `${jump}: ${s}`);
    }
  }
});
