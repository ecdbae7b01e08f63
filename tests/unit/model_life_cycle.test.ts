import assert from "node:assert/strict";
import fc from "fast-check";
import { stories } from "../model/stories.ts";
import { type Outcome, tell } from "../model/tell.ts";

/** How many stories are told; each is one run of the model. */
const RUNS = Number(Deno.env.get("MODEL_RUNS") ?? 10_000);
/** `MODEL_SEED=random` draws one, a number replays one; `MODEL_PATH` (from a failure's report) replays one story. */
const given = Deno.env.get("MODEL_SEED") ?? "20261122";
const SEED = given === "random" ? Math.floor(Math.random() * 2 ** 31) : Number(given);
/** The most events in a story, beside its beginning and end. */
const EVENTS = Number(Deno.env.get("MODEL_EVENTS") ?? 10);
const PATH = Deno.env.get("MODEL_PATH");

Deno.test(`the life cycle of rooms holds I1 to I6 in ${RUNS} stories of seed ${SEED}`, async () => {
  const outcomes: Outcome[] = [];
  await fc.assert(
    fc.asyncProperty(stories(EVENTS), fc.nat(), async (story, seed) => {
      outcomes.push(await tell(story, seed, PATH === undefined ? undefined : say));
    }),
    {
      numRuns: RUNS,
      seed: SEED,
      ...(PATH === undefined ? {} : { path: PATH, endOnFailure: true }),
    },
  );
  if (PATH !== undefined) return;
  const share = (has: (outcome: Outcome) => boolean) => outcomes.filter(has).length / RUNS;
  assert.ok(share(({ streams }) => streams > 0) > 0.5, "too few stories end with a room on air");
  assert.ok(share(({ moves }) => moves > 0) > 0.05, "too few stories move a room");
});

function say(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
}
