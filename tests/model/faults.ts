import fc from "fast-check";
import { type Kind, kind } from "./event.ts";
import type { WriteFault } from "./faulty_store.ts";

// The names that small sites have come first: shrinking goes there.
const janus = fc.constantFrom("j1", "j2");
const mixer = fc.constantFrom("m1", "m2", "m3");
const manager = fc.constantFrom("c1", "c2");
const node = fc.oneof(mixer, janus);
const process = fc.oneof(mixer, janus, manager);

const deaths = [
  kind(2, [mixer], (id) => `${id} dies`, (site, id) => {
    site.excused = true;
    site.mixer(id)?.kill();
  }),
  kind(1, [janus], (id) => `${id} dies, Janus and manager`, (site, id) => {
    site.excused = true;
    site.janus(id)?.kill();
  }),
  kind(1, [janus], (id) => `the manager of ${id} dies`, (site, id) => {
    site.excused = true;
    site.janus(id)?.killManager();
  }),
  kind(1, [janus], (id) => `the Janus of ${id} is restarted`, (site, id) => {
    site.excused = true;
    site.janus(id)?.restartJanus();
  }),
  kind(1, [manager], (id) => `Room Manager ${id} is restarted`, (site, id) => {
    const dying = site.manager(id);
    if (dying === undefined) return;
    dying.kill();
    site.callers.lost(dying);
    dying.boot();
  }),
  kind(3, [node], (id) => `${id} comes back`, (site, id) => site.node(id)?.boot()),
];

const WRITE_FAULTS: Record<WriteFault, string> = {
  lost: "never arrives",
  unheard: "is carried out, unanswered",
  late: "is carried out late, unanswered",
};

const network = [
  kind(
    4,
    [process, fc.constantFrom<WriteFault>("lost", "unheard", "late")],
    (id, fault) => `the next write of ${id} ${WRITE_FAULTS[fault]}`,
    (site, id, fault) => site.process(id)?.link?.fail(fault),
  ),
  kind(2, [process], (id) => `${id} is cut off from etcd`, (site, id) => {
    // Whoever only watches nodes is blind then, and no reason to move a room.
    if (site.node(id) !== undefined) site.excused = true;
    site.process(id)?.link?.cut();
  }),
  kind(
    2,
    [process],
    (id) => `${id} reaches etcd again`,
    (site, id) => site.process(id)?.link?.heal(),
  ),
  kind(
    1,
    [process],
    (id) => `the watches of ${id} break`,
    (site, id) => site.process(id)?.link?.breakWatches(),
  ),
  kind(
    1,
    [process],
    (id) => `the watches of ${id} tell things twice`,
    (site, id) => site.process(id)?.link?.replay(),
  ),
  kind(
    1,
    [process],
    (id) => `${id} hears of changes seconds late`,
    (site, id) => site.process(id)?.link?.lag(3000),
  ),
  kind(
    1,
    [janus, fc.constantFrom("lost", "unheard")],
    (id, fault) => `the next request to the Janus of ${id} is ${fault}`,
    (site, id, fault) => site.janus(id)?.janus.fail(fault),
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
    site.loseLeases();
  }),
  kind(1, [], () => "all leases run out at once", (site) => site.loseLeases()),
  kind(1, [], () => "a snapshot of etcd is taken", (site) => site.remember()),
  kind(1, [], () => "etcd goes back to the snapshot", (site) => site.rollBack()),
];

const moves = [
  kind(1, [node], (id) => `${id} is to be drained`, (site, id) => {
    site.excused = true;
    site.node(id)?.drain();
  }),
  kind(1, [mixer], (id) => `an edge suspects ${id}`, (site, id) => site.suspect(id, "edge")),
  kind(1, [mixer], (id) => `an edge and a Janus manager suspect ${id}`, (site, id) => {
    site.excused = true;
    site.suspect(id, "edge");
    site.suspect(id, "janus");
  }),
];

/** Everything that may go wrong, or be ordered by an operator. */
export const FAULTS: readonly Kind[] = [...deaths, ...network, ...store, ...moves];
