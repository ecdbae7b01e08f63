import assert from "node:assert/strict";
import fc from "fast-check";
import { stories } from "./stories.ts";
import { type Outcome, tell } from "./tell.ts";

/** How many stories are told, in both halves together; each is one run of the model. */
const RUNS = Number(Deno.env.get("MODEL_RUNS") ?? 10_000);
/** `MODEL_SEED=random` draws one, a number replays one; `MODEL_PATH` (from a failure's report) replays one story. */
const given = Deno.env.get("MODEL_SEED") ?? "20261122";
const SEED = given === "random" ? Math.floor(Math.random() * 2 ** 31) : Number(given);
/** The most events in a story, beside its beginning and end. */
const EVENTS = Number(Deno.env.get("MODEL_EVENTS") ?? 10);
const PATH = Deno.env.get("MODEL_PATH");

/**
 * Tests half of the stories: each half has a file of its own, so that two cores share the work. A single story that is
 * replayed is the first half's.
 */
export function checkStories(half: 0 | 1): void {
  const [runs, seed] = [Math.ceil(RUNS / 2), SEED + half];
  const name = `the life cycle of rooms holds I1 to I6 in ${runs} stories of seed ${seed}`;
  Deno.test({ name, ignore: half === 1 && PATH !== undefined }, async () => {
    const outcomes: Outcome[] = [];
    await fc.assert(
      fc.asyncProperty(stories(EVENTS), fc.nat(), async (story, drawn) => {
        outcomes.push(await tell(story, drawn, PATH === undefined ? undefined : say));
      }),
      { numRuns: runs, seed, ...(PATH === undefined ? {} : { path: PATH, endOnFailure: true }) },
    );
    if (PATH !== undefined) return;
    const share = (has: (outcome: Outcome) => boolean) => outcomes.filter(has).length / runs;
    assert.ok(share(({ streams }) => streams > 0) > 0.5, "too few stories end with a room on air");
    assert.ok(share(({ moves }) => moves > 0) > 0.05, "too few stories move a room");
  });
}

function say(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
}
