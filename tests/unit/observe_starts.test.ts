import assert from "node:assert/strict";
import { StartWatch } from "../../src/control/rooms/start_watch.ts";
import { LiveMeta } from "../../src/contracts/room.ts";
import { RoomStore } from "../../src/coordination/rooms.ts";
import { silentLog } from "../../src/platform/log.ts";
import { metricsText } from "../../src/platform/metrics.ts";
import { MemoryEtcd } from "../model/memory_etcd.ts";
import { MemoryStore } from "../model/memory_store.ts";

const ID = "room-1";

async function setUp() {
  const etcd = new MemoryEtcd();
  const rooms = new RoomStore({ store: new MemoryStore(etcd), log: silentLog() });
  await rooms.start();
  const watch = new StartWatch(rooms, { isAlive: () => true });
  const put = async (part: string, value: unknown) => {
    const key = `/rooms/${ID}/${part}`;
    const write = value === null ? { delete: key } : { put: key, value: JSON.stringify(value) };
    const seen = heard(rooms);
    etcd.commit([], [write]);
    await seen;
  };
  return {
    rooms,
    start: async (liveId: string) => {
      await put("livemeta", live(liveId));
      watch.begun({
        roomId: ID,
        liveId,
        askedAt: performance.now() - 1200,
        traceparent: undefined,
      });
    },
    stop: () => put("livemeta", null),
    carryOut: async (liveId: string) => {
      const node = { epoch: 1, forwarders: [FORWARDER], status: "forwarding" };
      await put("janus", { ...node, janusId: "j1" });
      await put("mixer", { ...MIXER, liveId });
    },
    end: async () => {
      await watch.stop();
      await rooms.stop();
    },
  };
}

Deno.test("StartWatch measures a start once, from when it was asked for to on air", async () => {
  const before = await counts();
  const site = await setUp();
  await site.start("liveaaaa1");
  assert.deepEqual(await counts(before), { on_air: 0, stopped: 0, seconds: 0 });
  await site.carryOut("liveaaaa1");
  const { on_air, stopped, seconds } = await counts(before);
  assert.deepEqual([on_air, stopped], [1, 0]);
  assert.ok(seconds >= 1.2 && seconds < 10, String(seconds));
  await site.stop();
  assert.deepEqual(await counts(before), { on_air, stopped, seconds });
  await site.end();
});

Deno.test("StartWatch counts a start as stopped when the room was stopped before it was on air", async () => {
  const before = await counts();
  const site = await setUp();
  await site.start("livebbbb1");
  await site.stop();
  assert.deepEqual(await counts(before), { on_air: 0, stopped: 1, seconds: 0 });
  await site.start("livebbbb2");
  await site.start("livebbbb3");
  assert.deepEqual(await counts(before), { on_air: 0, stopped: 2, seconds: 0 });
  await site.end();
});

/** What was counted, since `before` if it is given. */
async function counts(before = { on_air: 0, stopped: 0, seconds: 0 }) {
  const { text } = await metricsText();
  const value = (series: string) =>
    Number(text.split("\n").find((line) => line.startsWith(`${series} `))?.split(" ").at(-1) ?? 0);
  return {
    on_air: value('roomcast_starts_total{outcome="on_air"}') - before.on_air,
    stopped: value('roomcast_starts_total{outcome="stopped"}') - before.stopped,
    seconds: value("roomcast_start_seconds_sum") - before.seconds,
  };
}

/** Resolves when the store has heard of something. */
function heard(rooms: RoomStore): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const end = rooms.onChange(() => resolve());
  return promise.finally(end);
}

function live(liveId: string): LiveMeta {
  return LiveMeta.parse({
    status: "onair",
    epoch: 1,
    liveId,
    live: 1,
    startedAt: Date.now(),
    mediaSequence: 100,
    partFrames: 10,
    janusId: "j1",
    mixerId: "m1",
  });
}

const FORWARDER = { mixerId: "m1", host: "127.0.0.1", port: 30_000, streamId: 1, ssrc: 1 };
const MIXER = {
  epoch: 1,
  mixerId: "m1",
  status: "on_air",
  ip: "127.0.0.1",
  port: 30_000,
  origin: "http://127.0.0.1:3001",
};
