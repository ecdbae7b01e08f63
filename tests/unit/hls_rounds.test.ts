import assert from "node:assert/strict";
import { GRAIN_MS, Rounds, type Turn } from "../../src/hls/rounds.ts";

Deno.test("Rounds.add() has everyone who is due look in the same round", async () => {
  const rounds = new Rounds();
  const seen: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const turns = [
    rounds.add(() => seen.push("first")),
    rounds.add(() => {
      seen.push("second");
      resolve();
      return 1000;
    }),
  ];
  await promise;
  for (const turn of turns) turn.end();
  assert.deepEqual(seen, ["first", "second"]);
});

Deno.test("Rounds.add() has each look again after as long as it said, and not before", async () => {
  const rounds = new Rounds();
  const { promise, resolve } = Promise.withResolvers<void>();
  const often: number[] = [];
  const seldom: number[] = [];
  const turns = [
    rounds.add(() => often.push(performance.now()) < 6 ? 1 : (resolve(), 1)),
    rounds.add(() => (seldom.push(performance.now()), 60_000)),
  ];
  await promise;
  for (const turn of turns) turn.end();
  assert.equal(seldom.length, 1);
  for (const [index, at] of often.slice(1).entries()) {
    assert.ok(at - (often[index] ?? 0) > GRAIN_MS / 2, "rounds keep their distance");
  }
});

Deno.test("Rounds.add() calls nobody who has left, even in that round", async () => {
  const rounds = new Rounds();
  const seen: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const first: Turn = rounds.add(() => {
    seen.push("first");
    first.end();
    second.end();
    return 1;
  });
  const second = rounds.add(() => seen.push("second"));
  const third = rounds.add(() => (resolve(), 1));
  await promise;
  third.end();
  assert.deepEqual(seen, ["first"]);
});

Deno.test("Turn.soon() brings forward a look that was far off", async () => {
  const rounds = new Rounds();
  const looked = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let looks = 0;
  const turn = rounds.add(() => {
    looked[looks++]?.resolve();
    return 3_600_000;
  });
  await looked[0]?.promise;
  turn.soon();
  await looked[1]?.promise;
  turn.end();
  assert.equal(looks, 2);
});

Deno.test("Rounds.add() runs no timer when all have left, and one again for who comes after", async () => {
  const rounds = new Rounds();
  rounds.add(() => 1).end();
  const { promise, resolve } = Promise.withResolvers<void>();
  const turn = rounds.add(() => (resolve(), 1));
  await promise;
  // The test runner fails a test whose timer goes on.
  turn.end();
});
