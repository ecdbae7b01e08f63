import assert from "node:assert/strict";
import { type Asking, firstAnswer } from "../../src/gateway/edge/first_answer.ts";

type Source = "a" | "b";

/** Sources whose answers are in the test's hand. */
function sources(order: readonly Source[], change: Partial<Asking<Source, string>> = {}) {
  const answers = { a: Promise.withResolvers<string>(), b: Promise.withResolvers<string>() };
  const asked: Source[] = [];
  const failed: Source[] = [];
  const late: Source[] = [];
  const signals = new Map<Source, AbortSignal>();
  const changed = Promise.withResolvers<void>();
  const answer = firstAnswer<Source, string>({
    sources: order,
    ask: (source, signal) => {
      asked.push(source);
      signals.set(source, signal);
      if (asked.length === 2) changed.resolve();
      return answers[source].promise;
    },
    hedgeAt: Infinity,
    giveUpAt: Infinity,
    onFailure: (source) => failed.push(source),
    onLate: (source) => late.push(source),
    ...change,
  });
  return { answer, answers, asked, failed, late, signals, both: changed.promise };
}

const soon = () => performance.now() + 5;
/** Far enough not to come, near enough for a timer. */
const never = () => performance.now() + 60_000;

Deno.test("firstAnswer() asks nobody else when the first one answers", async () => {
  const { answer, answers, asked } = sources(["a", "b"], { hedgeAt: never(), giveUpAt: never() });
  answers.a.resolve("part");
  assert.deepEqual(await answer, { source: "a", value: "part" });
  assert.deepEqual(asked, ["a"]);
});

Deno.test("firstAnswer() asks the next at once when one refuses", async () => {
  const run = sources(["a", "b"], { hedgeAt: never(), giveUpAt: never() });
  run.answers.a.reject(new Error("refused"));
  await run.both;
  run.answers.b.resolve("part");
  assert.equal((await run.answer).source, "b");
  assert.deepEqual([run.failed, run.late], [["a"], []]);
});

Deno.test("firstAnswer() asks the next too when the first says nothing, and takes the first good answer", async () => {
  const run = sources(["a", "b"], { hedgeAt: soon(), giveUpAt: never() });
  await run.both;
  run.answers.b.resolve("part");
  assert.equal((await run.answer).source, "b");
  assert.deepEqual([run.failed, run.late], [[], ["a"]]);
  assert.equal(run.signals.get("a")?.aborted, true);
  const other = sources(["a", "b"], { hedgeAt: soon(), giveUpAt: never() });
  await other.both;
  other.answers.a.resolve("part");
  assert.equal((await other.answer).source, "a");
  assert.deepEqual(other.late, [], "who was asked to be safe is not late");
});

Deno.test("firstAnswer() waits for the other one when the one asked too refuses", async () => {
  const run = sources(["a", "b"], { hedgeAt: soon(), giveUpAt: never() });
  await run.both;
  run.answers.b.reject(new Error("refused"));
  run.answers.a.resolve("part");
  assert.equal((await run.answer).source, "a");
});

Deno.test("firstAnswer() throws when all refuse, when there is nobody, and when the time is up", async () => {
  const refused = sources(["a", "b"], { hedgeAt: never(), giveUpAt: never() });
  refused.answers.a.reject(new Error("refused"));
  refused.answers.b.reject(new Error("refused"));
  await assert.rejects(refused.answer, { name: "NoAnswer" });
  await assert.rejects(sources([]).answer, { name: "NoAnswer" });
  const silent = sources(["a", "b"], { hedgeAt: soon(), giveUpAt: soon() });
  await assert.rejects(silent.answer, { name: "NoAnswer" });
  assert.deepEqual(silent.late, ["a", "b"]);
  assert.ok([...silent.signals.values()].every(({ aborted }) => aborted));
});
