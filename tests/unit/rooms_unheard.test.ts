import assert from "node:assert/strict";
import { LiveService } from "../../src/control/rooms/live_service.ts";
import { RoomIndex } from "../../src/control/rooms/room_index.ts";
import { RoomService } from "../../src/control/rooms/room_service.ts";
import { RoomWriter } from "../../src/control/rooms/room_writer.ts";
import { RoomStore } from "../../src/coordination/rooms.ts";
import { type Store, StoreError } from "../../src/coordination/store.ts";
import { silentLog } from "../../src/platform/log.ts";
import { MemoryEtcd } from "../model/memory_etcd.ts";
import { MemoryStore } from "../model/memory_store.ts";
import type { NodeKind } from "../../src/contracts/node.ts";

const ALICE = { sub: "alice", name: "Alice", role: "user", exp: 2_000_000_000 } as const;
const ROOM = { id: "abc", title: "A room", redundancy: 1, access: "open" } as const;

function placementOn(kind: NodeKind) {
  const node = {
    id: `${kind}-1`,
    kind,
    version: "0",
    url: "http://127.0.0.1:1",
    capacity: 9,
    load: 0,
    draining: false,
    unhealthy: null,
    startedAt: 0,
  };
  return { node, release: () => {} };
}

/** A Room Manager on a store; its next commit is done, and its answer lost, after `meanwhile`. */
class Manager {
  readonly rooms: RoomStore;
  readonly service: RoomService;
  readonly live: LiveService;
  #meanwhile: (() => Promise<unknown>) | null = null;
  static #time = 1_800_000_000_000;

  constructor(etcd: MemoryEtcd) {
    const memory = new MemoryStore(etcd);
    const store: Store = {
      get: (key) => memory.get(key),
      list: (prefix) => memory.list(prefix),
      watch: (...given) => memory.watch(...given),
      commit: async (guards, writes) => {
        const revision = await memory.commit(guards, writes);
        const meanwhile = this.#meanwhile;
        if (meanwhile === null) return revision;
        this.#meanwhile = null;
        await meanwhile();
        throw new StoreError("Cannot commit: etcd did not answer");
      },
    };
    const log = silentLog();
    this.rooms = new RoomStore({ store, log });
    const writer = new RoomWriter(this.rooms);
    const nodes = { isAlive: () => true };
    const now = () => Manager.#time += 1000;
    const index = new RoomIndex(this.rooms);
    this.service = new RoomService({ rooms: this.rooms, index, writer, nodes, log, now });
    const placer = {
      pickJanus: () => placementOn("janus"),
      pickMixer: () => placementOn("mixer"),
      find: () => null,
    };
    this.live = new LiveService({ writer, nodes, placer, log, partFrames: 10, now });
  }

  unhear(meanwhile: () => Promise<unknown> = () => Promise.resolve()): void {
    this.#meanwhile = meanwhile;
  }
}

async function managers(): Promise<[Manager, Manager]> {
  const etcd = new MemoryEtcd();
  const both: [Manager, Manager] = [new Manager(etcd), new Manager(etcd)];
  await Promise.all(both.map(({ rooms }) => rooms.start()));
  return both;
}

async function stopAll(both: readonly Manager[]): Promise<void> {
  await Promise.all(both.map(({ rooms }) => rooms.stop()));
}

Deno.test("create(), start(), stop() and remove() do it once when the answer of etcd is lost", async () => {
  const [one, other] = await managers();
  one.unhear();
  assert.equal((await one.service.create(ROOM, ALICE)).state, "idle");
  one.unhear();
  const live = await one.live.start(ROOM, ALICE);
  assert.equal(live.live?.epoch, 1);
  one.unhear();
  assert.equal((await one.live.stop(ROOM, ALICE)).live, null);
  one.unhear();
  assert.equal(await one.service.remove(ROOM, ALICE), null);
  await assert.rejects(other.service.get(ROOM), /no room abc/);
  await stopAll([one, other]);
});

Deno.test("stop() does not end the next broadcast when its own answer was lost", async () => {
  const [one, other] = await managers();
  await one.service.create(ROOM, ALICE);
  await one.live.start(ROOM, ALICE);
  one.unhear(() => other.live.start(ROOM, ALICE));
  const view = await one.live.stop(ROOM, ALICE);
  assert.equal(view.live?.epoch, 2);
  await stopAll([one, other]);
});

Deno.test("start() does not bring back what others have stopped when its own answer was lost", async () => {
  const [one, other] = await managers();
  await one.service.create(ROOM, ALICE);
  one.unhear(() => other.live.stop(ROOM, ALICE));
  assert.equal((await one.live.start(ROOM, ALICE)).live, null);
  assert.equal((await one.live.start(ROOM, ALICE)).live?.epoch, 2);
  await stopAll([one, other]);
});

Deno.test("remove() does not delete the next room of the same id when its own answer was lost", async () => {
  const [one, other] = await managers();
  await one.service.create(ROOM, ALICE);
  one.unhear(() => other.service.create(ROOM, ALICE));
  assert.equal(await one.service.remove(ROOM, ALICE), null);
  assert.equal((await other.service.get(ROOM)).id, "abc");
  await stopAll([one, other]);
});
