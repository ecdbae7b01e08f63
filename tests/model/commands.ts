import fc from "fast-check";
import type { WriteFault } from "./faulty_store.ts";
import type { Ask } from "./ledger.ts";
import { assertUnbroken, quiet } from "./quiet.ts";
import { ROOMS, type Site } from "./site.ts";

/** What is known of the site without looking at it: nothing; what was promised is kept in the callers' ledgers. */
export type Model = Record<string, never>;

/** Something that happens to a site, and how long (ms) one waits afterwards. */
export class Event implements fc.AsyncCommand<Model, Site> {
  /** @param words What a counterexample shows. */
  constructor(
    private readonly words: string,
    private readonly act: (site: Site) => void | Promise<void>,
    private readonly thenMs: number,
  ) {}

  check(): boolean {
    return true;
  }

  async run(_model: Model, site: Site): Promise<void> {
    await this.act(site);
    await site.time.advance(this.thenMs);
    assertUnbroken(site);
  }

  toString(): string {
    return this.thenMs === 0 ? this.words : `${this.words}, ${this.thenMs} ms`;
  }
}

/** How long (ms) until the next event: at once, a moment, or as long as a lease. */
const PAUSES = [0, 0, 3, 10, 40, 250, 1500, 6000, 12_000] as const;
const pause = fc.constantFrom(...PAUSES);

interface Kind {
  readonly weight: number;
  readonly arbitrary: fc.Arbitrary<Event>;
}

function kind<T extends unknown[]>(
  weight: number,
  choices: { [K in keyof T]: fc.Arbitrary<T[K]> },
  words: (...chosen: T) => string,
  act: (site: Site, ...chosen: T) => void | Promise<void>,
): Kind {
  const arbitrary = fc.tuple(fc.tuple<T>(...choices), pause).map(([chosen, ms]) =>
    new Event(words(...chosen), (site) => act(site, ...chosen), ms)
  );
  return { weight, arbitrary };
}

const room = fc.constantFrom(...ROOMS);
const manager = fc.constantFrom(0, 1);
const janus = fc.constantFrom(0, 1);
const mixer = fc.constantFrom(0, 1, 2);
const node = fc.constantFrom(0, 1, 2, 3, 4);
const process = fc.constantFrom(0, 1, 2, 3, 4, 5, 6);
const NODES = ["j1", "j2", "m1", "m2", "m3"] as const;
const PROCESSES = [...NODES, "c1", "c2"] as const;

const asks = (["create", "start", "stop", "delete"] as const satisfies readonly Ask[]).map((ask) =>
  kind(
    ask === "delete" ? 2 : 5,
    [room, manager],
    (id, at) => `${ask} ${id} at c${at + 1}`,
    (site, id, at) => {
      const to = site.managers[at];
      if (to) site.callers.ask(ask, id, to);
    },
  )
);

const deaths = [
  kind(2, [mixer], (n) => `m${n + 1} dies`, (site, n) => {
    site.excused = true;
    site.mixers[n]?.kill();
  }),
  kind(1, [janus], (n) => `j${n + 1} dies, Janus and manager`, (site, n) => {
    site.excused = true;
    site.januses[n]?.kill();
  }),
  kind(1, [janus], (n) => `the manager of j${n + 1} dies`, (site, n) => {
    site.excused = true;
    site.januses[n]?.killManager();
  }),
  kind(1, [janus], (n) => `the Janus of j${n + 1} is restarted`, (site, n) => {
    site.excused = true;
    site.januses[n]?.restartJanus();
  }),
  kind(1, [manager], (n) => `Room Manager c${n + 1} is restarted`, (site, n) => {
    const dying = site.managers[n];
    if (!dying) return;
    dying.kill();
    site.callers.lost(dying);
    dying.boot();
  }),
  kind(3, [node], (n) => `${NODES[n]} comes back`, (site, n) => site.nodes[n]?.boot()),
];

const writeFault = fc.constantFrom<WriteFault>("lost", "unheard", "late");
const WRITE_FAULTS: Record<WriteFault, string> = {
  lost: "never arrives",
  unheard: "is carried out, unanswered",
  late: "is carried out late, unanswered",
};

const network = [
  kind(
    4,
    [process, writeFault],
    (n, fault) => `the next write of ${PROCESSES[n]} ${WRITE_FAULTS[fault]}`,
    (site, n, fault) => site.processes[n]?.link?.fail(fault),
  ),
  kind(2, [process], (n) => `${PROCESSES[n]} is cut off from etcd`, (site, n) => {
    if (n < NODES.length) site.excused = true;
    site.processes[n]?.link?.cut();
  }),
  kind(
    2,
    [process],
    (n) => `${PROCESSES[n]} reaches etcd again`,
    (site, n) => site.processes[n]?.link?.heal(),
  ),
  kind(
    1,
    [process],
    (n) => `the watches of ${PROCESSES[n]} break`,
    (site, n) => site.processes[n]?.link?.breakWatches(),
  ),
  kind(
    1,
    [process],
    (n) => `the watches of ${PROCESSES[n]} tell things twice`,
    (site, n) => site.processes[n]?.link?.replay(),
  ),
  kind(
    1,
    [process],
    (n) => `${PROCESSES[n]} hears of changes seconds late`,
    (site, n) => site.processes[n]?.link?.lag(3000),
  ),
  kind(
    1,
    [janus, fc.constantFrom("lost", "unheard")],
    (n, fault) => `the next request to Janus ${n + 1} is ${fault}`,
    (site, n, fault) => site.januses[n]?.janus.fail(fault),
  ),
];

const store = [
  kind(1, [], () => "nothing happens for 40 s", (site) => site.time.advance(40_000)),
  kind(1, [], () => "etcd is compacted", (site) => site.compact()),
  kind(1, [], () => "etcd is away for 20 s", async (site) => {
    site.etcdDown();
    await site.time.advance(20_000);
    site.etcdUp();
  }),
  kind(1, [], () => "etcd wakes from a pause in which all leases ran out", async (site) => {
    site.etcdDown();
    await site.time.advance(15_000);
    site.etcdUp();
    site.world.leases.expireAll();
  }),
  kind(
    1,
    [],
    () => "all leases run out at once",
    (site) => site.world.leases.expireAll(),
  ),
  kind(1, [], () => "a snapshot of etcd is taken", (site) => site.remember()),
  kind(1, [], () => "etcd goes back to the snapshot", (site) => site.rollBack()),
];

const moves = [
  kind(1, [node], (n) => `${NODES[n]} is to be drained`, (site, n) => {
    site.excused = true;
    site.nodes[n]?.drain();
  }),
  kind(1, [mixer], (n) => `an edge suspects m${n + 1}`, (site, n) => {
    const suspected = site.mixers[n];
    if (suspected) site.suspect(suspected, "edge");
  }),
  kind(1, [mixer], (n) => `an edge and a Janus manager suspect m${n + 1}`, (site, n) => {
    site.excused = true;
    const suspected = site.mixers[n];
    if (!suspected) return;
    site.suspect(suspected, "edge");
    site.suspect(suspected, "janus");
  }),
];

const END = fc.boolean().map((revive) =>
  new Event(
    revive ? "all is mended, the dead come back" : "all is mended",
    (site) => quiet(site, revive),
    0,
  )
);

const KINDS = [...asks, ...deaths, ...network, ...store, ...moves];

/** A room goes on air, things happen, and all comes to rest. */
export function stories(maxEvents: number): fc.Arbitrary<Event[]> {
  const event = fc.oneof(...KINDS);
  const opening = fc.tuple(room, pause).map(([id, ms]) => [
    new Event(`create ${id} at c1`, (site) => askFirst(site, "create", id), 60),
    new Event(`start ${id} at c1`, (site) => askFirst(site, "start", id), ms),
  ]);
  return fc.tuple(opening, fc.array(event, { maxLength: maxEvents }), END).map((
    [first, then, last],
  ) => [...first, ...then, last]);
}

function askFirst(site: Site, ask: Ask, id: string): void {
  const [first] = site.managers;
  if (first) site.callers.ask(ask, id, first);
}
