import assert from "node:assert/strict";
import { AppError } from "../../src/contracts/errors.ts";
import { SecretGate } from "../../src/platform/secret_gate.ts";

Deno.test("SecretGate.run() lets no more run at once than it may, and each gets its turn", async () => {
  const gate = new SecretGate(2, 10);
  let [running, most] = [0, 0];
  const results = await Promise.all(Array.from({ length: 8 }, (_, n) =>
    gate.run(async () => {
      most = Math.max(most, ++running);
      await Promise.resolve();
      running--;
      return n;
    })));
  assert.deepEqual(results, [0, 1, 2, 3, 4, 5, 6, 7]);
  assert.equal(most, 2);
});

Deno.test("SecretGate.run() refuses when too many wait, and works again after", async () => {
  const gate = new SecretGate(1, 1);
  const { promise, resolve } = Promise.withResolvers<string>();
  const [first, second] = [gate.run(() => promise), gate.run(() => promise)];
  await assert.rejects(
    gate.run(() => promise),
    (err) => err instanceof AppError && err.code === "unavailable" && err.retryAfterS === 2,
  );
  resolve("done");
  assert.deepEqual(await Promise.all([first, second]), ["done", "done"]);
  assert.equal(await gate.run(() => Promise.resolve("again")), "again");
});

Deno.test("SecretGate.run() gives its slot on when a task fails", async () => {
  const gate = new SecretGate(1, 1);
  await assert.rejects(gate.run(() => Promise.reject(new Error("no"))), /no/);
  assert.equal(await gate.run(() => Promise.resolve("next")), "next");
});
