import assert from "node:assert/strict";
import { connectEtcd, EtcdStore } from "../../src/coordination/etcd.ts";
import { SuspicionStore } from "../../src/coordination/suspicions.ts";
import { silentLog } from "../../src/platform/log.ts";
import { CountingOrigin } from "./edge_origin.ts";
import { WatchedRoom } from "./edge_watched.ts";
import { MixerRig } from "./mixer_rig.ts";

Deno.test("an edge says which mixers it finds dead, and its listeners wait neither for them nor for etcd", async (t) => {
  await using rig = await MixerRig.start();
  const edge = await rig.edge();
  const store = rig.add(new EtcdStore(connectEtcd([rig.etcd.url])));
  const suspicions = rig.add(new SuspicionStore({ store, log: silentLog() }));
  await suspicions.start();
  /** Waits until so many suspect the mixer. */
  const suspected = async (id: string, by: number) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = () => suspicions.against("mixer", id).length === by && resolve();
    const end = suspicions.onChange(look);
    look();
    await promise.finally(end);
    return suspicions.against("mixer", id);
  };
  const origin = rig.add(new CountingOrigin(rig, "mixer-1"));
  const room = await WatchedRoom.start(rig, edge, "room", [origin]);
  const other = await WatchedRoom.start(rig, edge, "other", [origin]);
  assert.deepEqual(suspicions.against("mixer", "mixer-1"), []);

  await t.step("a mixer that refuses is suspected until it answers", async () => {
    await origin.down();
    const [suspicion] = await suspected("mixer-1", 1);
    assert.equal(suspicion?.witness, "edge");
    assert.match(suspicion?.reason ?? "", /no (connection|answer)/);
    origin.up();
    await suspected("mixer-1", 0);
  });

  await t.step("a mixer that hangs is suspected until it answers", async () => {
    origin.hang();
    await suspected("mixer-1", 1);
    origin.wake();
    await suspected("mixer-1", 0);
  });

  await t.step("with etcd away, silence stands in for the mixer all the same", async () => {
    rig.etcd.kill("SIGSTOP");
    await origin.down();
    await room.more(10);
    origin.up();
    await room.more(3);
    rig.etcd.kill("SIGCONT");
    await suspected("mixer-1", 0);
  });

  await Promise.all([room.wasUnbroken(), other.wasUnbroken()]);
});
