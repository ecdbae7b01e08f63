import assert from "node:assert/strict";
import { Rounds } from "../../src/media/hls/rounds.ts";

Deno.test("Rounds.add() has everyone look in the same round", async () => {
  const rounds = new Rounds();
  const seen: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const ends = [
    rounds.add(() => seen.push("first")),
    rounds.add(() => {
      seen.push("second");
      resolve();
    }),
  ];
  await promise;
  for (const end of ends) end();
  assert.deepEqual(seen, ["first", "second"]);
});

Deno.test("Rounds.add() calls nobody who has left, even in that round", async () => {
  const rounds = new Rounds();
  const seen: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const endFirst = rounds.add(() => {
    seen.push("first");
    endFirst();
    endSecond();
  });
  const endSecond = rounds.add(() => seen.push("second"));
  const endThird = rounds.add(() => resolve());
  await promise;
  endThird();
  assert.deepEqual(seen, ["first"]);
});

Deno.test("Rounds.add() runs no timer when all have left, and one again for who comes after", async () => {
  const rounds = new Rounds();
  rounds.add(() => {})();
  const { promise, resolve } = Promise.withResolvers<void>();
  const end = rounds.add(() => resolve());
  await promise;
  // The test runner fails a test whose timer goes on.
  end();
});
