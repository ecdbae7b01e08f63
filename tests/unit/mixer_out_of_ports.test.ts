import assert from "node:assert/strict";
import { AppError } from "../../src/contracts/errors.ts";
import { RoomStore } from "../../src/coordination/rooms.ts";
import { Mixer } from "../../src/media/mixer/mixer.ts";
import { silentLog } from "../../src/platform/log.ts";
import { MemoryEtcd } from "../model/memory_etcd.ts";
import { MemoryStore } from "../model/memory_store.ts";

Deno.test("Mixer.reconcile() says once that no port is free, not with every try", async () => {
  const etcd = new MemoryEtcd();
  const livemeta = {
    status: "onair",
    epoch: 1,
    liveId: "livelive1",
    live: 1,
    startedAt: 1_700_000_000_000,
    mediaSequence: 1,
    partFrames: 10,
    janusId: "j1",
    mixerId: "m1",
    standbyId: null,
  };
  etcd.commit([], [{ put: "/rooms/room-a/livemeta", value: JSON.stringify(livemeta) }]);
  const rooms = new RoomStore({ store: new MemoryStore(etcd), log: silentLog() });
  await rooms.start();
  const noPort = new AppError("no_capacity", "No RTP port is free");
  const mixer = new Mixer({
    mixerId: "m1",
    ip: "127.0.0.1",
    origin: "http://127.0.0.1:3001",
    rooms,
    nodes: { get: () => null },
    pool: { lease: () => Promise.reject(noPort), release: () => {} },
    inherited: new Map(),
    begin: () => Promise.reject(noPort),
    onLoad: () => {},
    log: silentLog(),
  });
  await assert.rejects(mixer.reconcile("room-a"), noPort);
  assert.equal(rooms.get("room-a").mixer?.status, "failed");
  const { revision } = etcd;
  await assert.rejects(mixer.reconcile("room-a"), noPort);
  assert.equal(etcd.revision, revision);
  await Promise.all([mixer.stop(), rooms.stop()]);
});
