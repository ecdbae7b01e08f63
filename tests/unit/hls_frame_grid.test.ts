import assert from "node:assert/strict";
import fc from "fast-check";
import { DEFAULT_TOLERANCE, FrameGrid } from "../../src/hls/frame_grid.ts";

const { lag, patience, lead } = DEFAULT_TOLERANCE;
const FRAME = Uint8Array.of(1);

/** A grid whose fills are kept, and which is ticked as its timer would: at every quarter of a frame. */
class Run {
  readonly fills: { index: number; sound: boolean }[] = [];
  readonly grid: FrameGrid;
  wall: number;

  constructor(first = 0) {
    this.wall = first;
    this.grid = new FrameGrid(first, (index, frame) => {
      this.fills.push({ index, sound: frame !== null });
    });
  }

  /** How late the frame placed last was, beside the nominal lag; negative: early. */
  get late(): number {
    return this.wall - lag - (this.grid.next - 1);
  }

  advanceTo(wall: number): void {
    for (; this.wall + 0.25 < wall; this.wall += 0.25) this.grid.tick(this.wall);
    this.wall = wall;
    this.grid.tick(wall);
  }

  push(): void {
    this.grid.push(FRAME, this.wall);
  }

  /** A source whose frame i comes at `at(i)`. */
  source(count: number, at: (i: number) => number): void {
    for (let i = 0; i < count; i++) {
      this.advanceTo(Math.max(this.wall, at(i)));
      this.push();
    }
  }
}

Deno.test("FrameGrid fills slots in order, each once, near the wall, whatever the source does", () => {
  const act = fc.oneof(
    { weight: 5, arbitrary: fc.constant("push" as const) },
    { weight: 5, arbitrary: fc.double({ min: 0, max: 3, noNaN: true }) },
    { weight: 1, arbitrary: fc.double({ min: 0, max: 300, noNaN: true }) },
    { weight: 1, arbitrary: fc.constant("new source" as const) },
  );
  fc.assert(fc.property(fc.array(act, { maxLength: 300 }), fc.nat(1000), (acts, first) => {
    const run = new Run(first);
    const { grid } = run;
    let pushed = 0;
    for (const one of acts) {
      if (one === "push") {
        run.push();
        pushed += 1;
      } else if (one === "new source") grid.newSource();
      else run.advanceTo(run.wall + one);
      assert.ok(run.wall - grid.next <= patience + 1e-6, "the edge lags behind");
      assert.ok(grid.next <= Math.max(first, run.wall - lag + lead + 1), "the edge runs ahead");
    }
    assert.deepEqual(run.fills.map(({ index }) => index), run.fills.map((_, i) => first + i));
    const { placed, silent, dropped } = grid.counts;
    assert.equal(placed + silent, run.fills.length);
    assert.equal(placed + dropped, pushed);
  }));
});

Deno.test("FrameGrid places every frame of a steady source, for any phase and ordinary jitter", () => {
  const jitter = fc.array(fc.double({ min: -0.45, max: 0.45, noNaN: true }), { minLength: 1 });
  fc.assert(
    fc.property(fc.double({ min: 50, max: 51, noNaN: true }), jitter, (phase, jitters) => {
      const run = new Run();
      run.source(500, (i) => phase + i + (jitters[i % jitters.length] ?? 0));
      assert.equal(run.grid.counts.placed, 500);
      assert.equal(run.grid.counts.dropped, 0);
      assert.ok(run.fills.slice(-500).every(({ sound }) => sound));
    }),
  );
});

Deno.test("FrameGrid drops the surplus of a first burst, so that it sets no lasting delay", () => {
  const run = new Run();
  run.advanceTo(100);
  run.source(12, () => 100);
  assert.ok(run.grid.counts.dropped > 5);
  run.source(300, (i) => 101 + i);
  assert.equal(run.grid.counts.dropped, 12 - 2);
  assert.ok(run.late >= -1.0001, `${run.late}`);
});

Deno.test("FrameGrid goes on in silence while the source is away, and takes it up again", () => {
  const run = new Run();
  run.source(100, (i) => 10 + i);
  assert.equal(run.grid.flowing, true);
  run.advanceTo(110 + 235);
  assert.equal(run.grid.flowing, false);
  const silentBefore = run.grid.counts.silent;
  run.source(100, (i) => 345.5 + i);
  assert.equal(run.grid.flowing, true);
  assert.equal(run.grid.counts.placed, 200);
  assert.ok(run.grid.counts.silent - silentBefore <= 1);
  assert.ok(run.fills.slice(-100).every(({ sound }) => sound));
});

Deno.test("FrameGrid waits for frames late within its patience, and loses none of them", () => {
  const run = new Run();
  run.source(100, (i) => 10 + i);
  run.advanceTo(110 + patience - lag - 1.5);
  run.source(8, () => run.wall);
  assert.equal(run.grid.counts.placed, 108);
  assert.equal(run.fills.slice(-108).every(({ sound }) => sound), true);
});

Deno.test("FrameGrid brings a source that is early for long back, a frame a second", () => {
  const run = new Run();
  run.source(100, (i) => 10 + i);
  run.source(47 * 5, (i) => 110 + i - 2.6);
  assert.ok(run.late >= -1.6001, `${run.late}`);
  assert.ok(run.grid.counts.dropped <= 2);
});

Deno.test("FrameGrid brings a source that is late for long back, a frame a second", () => {
  const run = new Run();
  run.source(100, (i) => 10 + i);
  const silentBefore = run.grid.counts.silent;
  run.source(47 * 6, (i) => 110 + i + 5);
  assert.ok(run.late <= 4.0001, `${run.late}`);
  assert.ok(run.grid.counts.silent - silentBefore <= 4);
});

Deno.test("FrameGrid stays near the wall for minutes of a source whose clock is wrong by 1 %", () => {
  for (const rate of [0.99, 1.01]) {
    const run = new Run();
    run.source(60 * 47, (i) => 10 + i * rate);
    const { dropped, silent } = run.grid.counts;
    assert.ok(Math.abs(run.late) <= lead + 1.1, `${rate}: ${run.late}`);
    assert.ok(dropped + silent <= 28 + 20, `${rate}: ${dropped} dropped, ${silent} silent`);
  }
});

Deno.test("FrameGrid.nextTick() is when a tick has something to do, and not before", () => {
  const run = new Run();
  run.advanceTo(25);
  assert.equal(run.grid.flowing, false);
  const due = run.grid.nextTick(10);
  run.grid.tick(due - 0.1);
  assert.equal(run.grid.next % 10, 9);
  run.grid.tick(due);
  assert.equal(run.grid.next % 10, 0);
  run.wall = due;
  run.push();
  run.grid.tick(run.grid.nextTick(10) - 0.1);
  assert.equal(run.grid.flowing, true);
  run.grid.tick(run.grid.nextTick(10));
  assert.equal(run.grid.flowing, false);
});

Deno.test("FrameGrid.sourceLost() has silence stand in at the next tick, without waiting for late frames", () => {
  const filled: (number | null)[] = [];
  const grid = new FrameGrid(0, (index, frame) => filled.push(frame === null ? null : index));
  for (let wall = 3; wall < 10; wall++) grid.push(new Uint8Array(1), wall);
  const edge = grid.next;
  grid.tick(13);
  assert.equal(grid.next, edge, "a source that is only late is waited for");
  grid.sourceLost();
  grid.tick(13);
  assert.equal(grid.next, 11);
  assert.deepEqual(filled.slice(edge), Array(11 - edge).fill(null));
});

Deno.test("FrameGrid.rest() leaves frames with their source until the part's last one is due", () => {
  const run = new Run();
  assert.equal(run.grid.rest(10), 1, "no source: it is looked for");
  // Past the first half second, in which a source is new.
  for (let wall = 3; wall < 33; wall++) run.grid.push(FRAME, wall);
  assert.equal(run.grid.next % 10, 1);
  const rests: number[] = [];
  for (let wall = 33; wall < 42; wall++) {
    rests.push(run.grid.rest(10));
    run.grid.push(FRAME, wall);
  }
  assert.deepEqual(rests, [5, 5, 5, 5, 4, 3, 2, 1, 0]);
  assert.ok(Math.max(...rests) + lag < patience, "nothing is given up while it rests");
  run.grid.newSource();
  assert.equal(run.grid.rest(10), 0, "the times of a new source's frames matter");
});
