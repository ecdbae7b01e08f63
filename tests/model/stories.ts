import fc from "fast-check";
import { Event, kind, pause } from "./event.ts";
import { FAULTS } from "./faults.ts";
import type { Ask } from "./ledger.ts";
import { quiet } from "./quiet.ts";
import { ROOMS, type Site } from "./site.ts";

const room = fc.constantFrom(...ROOMS);
const manager = fc.constantFrom("c1", "c2");

function ask(site: Site, what: Ask, id: string, at = "c1"): void {
  const to = site.manager(at);
  if (to) site.callers.ask(what, id, to);
}

const asks = (["create", "start", "stop", "delete"] as const).map((what) =>
  kind(
    what === "delete" ? 2 : 5,
    [room, manager],
    (id, at) => `${what} ${id} at ${at}`,
    (site, id, at) => ask(site, what, id, at),
  )
);

const churn = kind(
  2,
  [room],
  (id) => `${id} stops and starts eight times`,
  async (site, id) => {
    for (let round = 0; round < 8; round++) {
      ask(site, "stop", id);
      await site.time.advance(70);
      ask(site, "start", id);
      await site.time.advance(70);
    }
  },
);

/** Each takes the ports that the other has just left. */
const turns = kind(2, [], () => "the rooms take turns ten times", async (site) => {
  for (const id of ROOMS) ask(site, "create", id);
  for (let turn = 0; turn < 10; turn++) {
    const [on, off] = turn % 2 === 0 ? ROOMS : ROOMS.toReversed();
    if (off) ask(site, "stop", off);
    await site.time.advance(40);
    if (on) ask(site, "start", on);
    await site.time.advance(60);
  }
});

const end = fc.boolean().map((revive) =>
  new Event(
    revive ? "all is mended, the dead come back" : "all is mended",
    (site) => quiet(site, revive),
    0,
  )
);

/** A room goes on air, things happen, and all comes to rest. */
export function stories(maxEvents: number): fc.Arbitrary<Event[]> {
  const event = fc.oneof(...asks, churn, turns, ...FAULTS);
  const opening = fc.tuple(room, pause).map(([id, ms]) => [
    new Event(`create ${id} at c1`, (site) => ask(site, "create", id), 60),
    new Event(`start ${id} at c1`, (site) => ask(site, "start", id), ms),
  ]);
  return fc.tuple(opening, fc.array(event, { maxLength: maxEvents }), end).map((
    [first, then, last],
  ) => [...first, ...then, last]);
}
