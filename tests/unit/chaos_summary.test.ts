import assert from "node:assert/strict";
import type { Strike, Suffered } from "../chaos/strike.ts";
import { summarize, table } from "../chaos/summary.ts";
import type { ChaosRoom } from "../chaos/world.ts";

function room(id: string, redundancy: 1 | 2): ChaosRoom {
  const speaker = {
    seats: () => Promise.resolve([]),
    speaksTo: () => Promise.resolve(true),
    stop: () => Promise.resolve(),
  };
  return { id, hz: 500, redundancy, speaker };
}

const PLAIN = room("plain", 1);
const OTHER = room("other", 1);
const SAFE = room("safe", 2);

function had(room: ChaosRoom, change: Partial<Suffered> = {}): Suffered {
  const nothing = { stallS: 0, silenceS: 0, rejoinS: null, wrongRoomS: 0, brokenRules: [] };
  return { room, hit: true, ...nothing, ...change };
}

function struck(suffered: Suffered[], invariantBreaks: string[] = []): Strike {
  return { fault: "mixer-kill", victim: "plain", suffered, invariantBreaks };
}

Deno.test("summarize() counts each time with the room that suffered most, hot standbys apart", () => {
  const { rows } = summarize([
    struck([had(PLAIN, { silenceS: 2 }), had(OTHER, { stallS: 1 }), had(SAFE)]),
    struck([had(PLAIN, { silenceS: 4, rejoinS: 3 }), had(OTHER), had(SAFE, { silenceS: 0.1 })]),
  ]);
  assert.deepEqual(rows.map(({ fault, times }) => [fault, times]), [
    ["mixer-kill", 2],
    ["mixer-kill (standby)", 2],
  ]);
  const [plain, safe] = rows;
  assert.deepEqual([plain?.silenceP50S, plain?.silenceMaxS, plain?.stallMaxS], [3, 4, 1]);
  assert.deepEqual([plain?.rejoinMaxS, safe?.rejoinMaxS, safe?.silenceMaxS], [3, null, 0.1]);
});

Deno.test("summarize() counts wrong rooms, broken rules and broken invariants", () => {
  const rooms = [had(PLAIN, { wrongRoomS: 0.2, brokenRules: ["a", "b"] }), had(SAFE)];
  const { wrongRoom, brokenRules, invariantBreaks } = summarize([struck(rooms, ["I1: two"])]);
  assert.deepEqual({ wrongRoom, brokenRules, invariantBreaks }, {
    wrongRoom: 1,
    brokenRules: 2,
    invariantBreaks: 1,
  });
});

Deno.test("table() says that nobody had to rejoin by a dash", () => {
  const lines = table(summarize([struck([had(PLAIN, { silenceS: 0.5 })])]).rows);
  assert.equal(lines.at(-1), "| mixer-kill | 1 | 0.00 / 0.00 | 0.50 / 0.50 | – |");
});
