import assert from "node:assert/strict";
import { ClockWatch } from "../../src/media/janus/clock_watch.ts";

Deno.test("a clock watch tells of steps, either way, and not of slewing", async () => {
  const clock = { wall: 1_700_000_000_000, steady: 5000 };
  const steps: number[] = [];
  const watch = new ClockWatch({
    onStep: (byMs) => steps.push(byMs),
    wall: () => clock.wall,
    steady: () => clock.steady,
  });
  const pass = (wallMs: number, steadyMs: number) => {
    clock.wall += wallMs;
    clock.steady += steadyMs;
    watch.look();
  };
  pass(200, 200);
  for (let second = 0; second < 3600; second++) pass(1000.5, 1000);
  assert.deepEqual(steps, []);
  pass(200 - 8000, 200);
  pass(200, 200);
  pass(200 + 8000, 200);
  pass(30_000, 30_000);
  assert.deepEqual(steps, [-8000, 8000]);
  await watch.stop();
});
