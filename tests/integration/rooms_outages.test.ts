import assert from "node:assert/strict";
import { nodeKey, roomKey } from "../../src/contracts/keys.ts";
import { RoomView } from "../../src/contracts/operations.ts";
import { LiveMeta } from "../../src/contracts/room.ts";
import { EtcdStore } from "../../src/coordination/etcd.ts";
import { LeasedKey } from "../../src/coordination/lease.ts";
import { RoomStore } from "../../src/coordination/rooms.ts";
import type { Store } from "../../src/coordination/store.ts";
import { inTime } from "../../src/platform/in_time.ts";
import { silentLog } from "../../src/platform/log.ts";
import { startKeeper } from "./rooms_keeper.ts";
import { nodeInfo, type RoomsSite, startRoomsSite, until } from "./rooms_support.ts";

/** A process that takes longer to stop ends itself (ms). */
const STOP_LIMIT_MS = 8000;

let site: RoomsSite;
let token: string;

Deno.test.beforeAll(async () => {
  site = await startRoomsSite();
  token = await site.token("alice");
});

Deno.test.afterAll(() => site.stop());

const create = (id: string) =>
  site.call("POST", "/api/rooms", { token, body: { id, title: `Room ${id}`, redundancy: 2 } });
const start = (id: string) =>
  until(
    () => site.call("POST", `/api/rooms/${id}/start`, { token }),
    ({ status }) => status === 200,
  );
const liveOf = async (id: string) => {
  const text = await site.client.get(roomKey(id, "livemeta")).string();
  return LiveMeta.nullable().parse(text === null ? null : JSON.parse(text));
};

/** Nodes whose keys hang on leases that a frozen etcd lets lapse. */
function leasedNodes(ttlS: number): LeasedKey[] {
  const names = ["j1", "j2", "m1", "m2", "m3"];
  return names.map((id) => {
    const kind = id.startsWith("j") ? "janus" : "mixer";
    const value = JSON.stringify(nodeInfo(kind, id));
    const key = nodeKey(kind, id);
    const lease = new LeasedKey({
      ...{ client: site.client, key, ttlS },
      value: () => value,
      onHeld: () => {},
    });
    lease.start();
    return lease;
  });
}

Deno.test("nothing moves when a frozen etcd wakes and finds that every lease has run out", async () => {
  const leases = leasedNodes(3);
  await create("frozen");
  await start("frozen");
  const keeper = await startKeeper(site.client, { renewalMs: 5000, distrustMs: 0 });
  const [before, seen] = [await liveOf("frozen"), new Set<string>()];
  const watch = await site.client.watch().prefix("/nodes/").create();
  watch.on("delete", ({ key }) => seen.add(key.toString()));
  // Nobody is taken for dead at first: not even a node that never was.
  const judgesAgain = () =>
    until(
      () => Promise.resolve(keeper.lookout.judge("mixer", "nobody").standing),
      (standing) => standing === "dead" && keeper.lookout.hold() === null,
      20_000,
    );
  site.signalEtcd("SIGSTOP");
  // As long as it takes: the leases run out while nobody can renew them.
  await new Promise((resolve) => setTimeout(resolve, 5000));
  assert.ok(keeper.lookout.hold());
  site.signalEtcd("SIGCONT");
  await judgesAgain();
  assert.ok(seen.size > 0, "no lease ran out: the test shows nothing");
  assert.deepEqual(await liveOf("frozen"), before);
  await watch.cancel();
  await keeper.stop();
  for (const lease of leases) await lease.stop();
});

Deno.test("a Room Manager stops though etcd is frozen", async () => {
  const other = await site.another();
  site.signalEtcd("SIGSTOP");
  try {
    await until(
      () => site.call("GET", "/readyz", { at: String(other.url) }),
      ({ status }) => status === 503,
      15_000,
    );
    await inTime(other.stop(), STOP_LIMIT_MS, "it waited for etcd");
  } finally {
    site.signalEtcd("SIGCONT");
  }
});

Deno.test("a compacted watch costs nothing but a new listing", async () => {
  const real = new EtcdStore(site.client);
  const log = silentLog();
  await create("compacted");
  const { revision } = await real.list("/");
  await site.client.kv.compact({ revision: String(revision), physical: true });
  let watches = 0;
  // The first watch asks for what is gone, as one does that was away for longer than history is kept.
  const store: Store = {
    get: (key) => real.get(key),
    list: (prefix) => real.list(prefix),
    commit: (guards, writes) => real.commit(guards, writes),
    watch: (prefix, from, handlers) => real.watch(prefix, ++watches === 1 ? 1n : from, handlers),
  };
  const rooms = new RoomStore({ store, log });
  await rooms.start();
  await until(() => Promise.resolve(watches), (count) => count > 1);
  await create("after-compaction");
  await until(
    () => Promise.resolve(rooms.get("after-compaction").meta),
    (meta) => meta !== null,
  );
  await rooms.stop();
});

Deno.test("what etcd says after it was rolled back is what holds, and rooms go on", async () => {
  for (const id of ["j1", "j2"]) await site.putNode("janus", id);
  for (const id of ["m1", "m2"]) await site.putNode("mixer", id);
  await create("known");
  await create("changed");
  await site.snapshotEtcd();
  await until(() => site.call("GET", "/readyz"), ({ status }) => status === 200);
  await create("lost");
  await start("lost");
  await start("changed");
  for (let i = 0; i < 5; i++) await site.putNode("janus", "j1", { load: i });
  await site.rollBackEtcd();
  await until(() => site.call("GET", "/api/rooms/lost"), ({ status }) => status === 404);
  const changed = await until(
    () => site.call("GET", "/api/rooms/changed"),
    (answer) => answer.status === 200 && answer.as(RoomView).live === null,
  );
  assert.equal(changed.as(RoomView).state, "idle");
  assert.ok(site.lines.some(({ message }) => message.startsWith("etcd went back in time")));
  await create("lost");
  for (const id of ["lost", "changed", "known"]) await start(id);
  assert.ok((await liveOf("lost"))?.standbyId);
});
