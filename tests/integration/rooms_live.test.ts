import assert from "node:assert/strict";
import { roomKey } from "../../src/contracts/keys.ts";
import { PRE_ROLL_SEGMENTS } from "../../src/contracts/media_clock.ts";
import { RoomView } from "../../src/contracts/operations.ts";
import { LiveMeta, RoomMeta } from "../../src/contracts/room.ts";
import { EtcdStore } from "../../src/coordination/etcd.ts";
import { NodeStore } from "../../src/coordination/nodes.ts";
import { RoomStore } from "../../src/coordination/rooms.ts";
import { Janitor } from "../../src/control/rooms/janitor.ts";
import { silentLog } from "../../src/platform/log.ts";
import { type RoomsSite, startRoomsSite, until } from "./rooms_support.ts";

let site: RoomsSite;
let alice: string;

Deno.test.beforeAll(async () => {
  site = await startRoomsSite();
  alice = await site.token("alice");
  await site.putNode("janus", "j1", { capacity: 1000 });
  await site.putNode("mixer", "m1", { capacity: 1000 });
  const token = alice;
  await site.call("POST", "/api/rooms", { token, body: { id: "warm", title: "Warm" } });
  await until(
    () => site.call("POST", "/api/rooms/warm/start", { token }),
    ({ status }) => status === 200,
  );
});

Deno.test.afterAll(() => site.stop());

const create = (id: string) =>
  site.call("POST", "/api/rooms", { token: alice, body: { id, title: `Room ${id}` } });
const act = (id: string, what: "start" | "stop", at?: string) =>
  site.call("POST", `/api/rooms/${id}/${what}`, {
    token: alice,
    ...(at === undefined ? {} : { at }),
  });
const stored = async (id: string, part: "meta" | "livemeta") => {
  const text = await site.client.get(roomKey(id, part)).string();
  return text === null ? null : JSON.parse(text);
};
const metaOf = async (id: string) => RoomMeta.parse(await stored(id, "meta"));
const liveOf = async (id: string) => LiveMeta.nullable().parse(await stored(id, "livemeta"));

Deno.test("POST start writes livemeta once, and says the same when asked again", async () => {
  await create("again");
  const first = await act("again", "start");
  const view = first.as(RoomView);
  assert.deepEqual([first.status, view.state], [200, "starting"]);
  assert.match(view.stateText, /being set up\. Waiting for Janus node j1 to create the room;/);
  const live = await liveOf("again");
  assert.ok(live);
  assert.deepEqual(
    [live.epoch, live.live, live.partFrames, live.janusId, live.mixerId],
    [1, 1, 10, "j1", "m1"],
  );
  assert.equal((await act("again", "start")).text, first.text);
  const stopped = await act("again", "stop");
  assert.deepEqual([stopped.status, stopped.as(RoomView).state], [200, "idle"]);
  assert.equal((await act("again", "stop")).text, stopped.text);
  assert.equal(await liveOf("again"), null);
});

Deno.test("a new live has the next epoch, and numbers above all of the earlier live", async () => {
  await create("lives");
  await act("lives", "start");
  const first = await liveOf("lives");
  await act("lives", "stop");
  const meta = await metaOf("lives");
  await act("lives", "start");
  const second = await liveOf("lives");
  assert.ok(first && second);
  assert.ok(meta.nextMediaSequence > first.mediaSequence + 1);
  assert.ok(second.mediaSequence - PRE_ROLL_SEGMENTS >= meta.nextMediaSequence);
  assert.deepEqual([second.epoch, second.live], [2, 2]);
  assert.notEqual(second.liveId, first.liveId);
});

Deno.test("20 starts at once through two Room Managers make one live", async () => {
  await create("twenty");
  const { url, stop } = await site.another();
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, i) => act("twenty", "start", i % 2 ? String(url) : site.url)),
  );
  await stop();
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
  const lives = new Set(answers.map((answer) => answer.as(RoomView).live?.id));
  assert.equal(lives.size, 1);
  const meta = await metaOf("twenty");
  assert.deepEqual([meta.epoch, meta.lives], [1, 1]);
});

Deno.test("starts and stops at once leave one live or none, with epochs that fit", async () => {
  await create("race");
  const answers = await Promise.all(
    Array.from({ length: 16 }, (_, i) => act("race", i % 2 ? "start" : "stop")),
  );
  for (const { status } of answers) assert.ok([200, 409].includes(status), String(status));
  const [meta, live] = [await metaOf("race"), await liveOf("race")];
  assert.equal(meta.epoch, meta.lives);
  if (live) assert.deepEqual([live.epoch, live.live], [meta.epoch, meta.lives]);
  assert.equal((await act("race", "stop")).status, 200);
  assert.equal(await liveOf("race"), null);
});

Deno.test("a room made at one Room Manager is there at another at once", async () => {
  const { url, stop } = await site.another();
  await create("elsewhere");
  const got = await site.call("GET", "/api/rooms/elsewhere", { at: String(url) });
  await stop();
  assert.equal(got.status, 200);
});

Deno.test("a deleted room's id can be used again, with an epoch above what it left", async () => {
  await create("reborn");
  await act("reborn", "start");
  await act("reborn", "stop");
  await act("reborn", "start");
  const observed = { epoch: 2, janusId: "j1", status: "forwarding", forwarders: [] };
  await site.client.put(roomKey("reborn", "janus")).value(JSON.stringify(observed)).exec();
  assert.equal((await site.call("DELETE", "/api/rooms/reborn", { token: alice })).status, 204);
  assert.equal(await liveOf("reborn"), null);
  await create("reborn");
  await act("reborn", "start");
  assert.equal((await liveOf("reborn"))?.epoch, 3);
});

Deno.test("garbage under livemeta is logged once and harms no other room", async () => {
  for (const id of ["garbage-a", "garbage-b"]) await create(id);
  for (const [id, text] of [["garbage-a", "{not json"], ["garbage-b", '{"epoch":"x"}']] as const) {
    await site.client.put(roomKey(id, "livemeta")).value(text).exec();
  }
  const complaints = (id: string) =>
    site.lines.filter(({ fields }) => fields["key"] === roomKey(id, "livemeta"));
  const other = await act("again", "start");
  assert.equal(other.status, 200);
  for (const id of ["garbage-a", "garbage-b"]) {
    const list = () => site.call("GET", "/api/rooms?limit=100");
    await until(list, () => complaints(id).length > 0);
    await list();
  }
  const got = await site.call("GET", "/api/rooms/garbage-a");
  assert.equal(got.as(RoomView).state, "idle");
  assert.deepEqual([complaints("garbage-a").length, complaints("garbage-b").length], [1, 1]);
  const started = await act("garbage-a", "start");
  assert.equal(started.status, 200);
  assert.equal((await liveOf("garbage-a"))?.epoch, 1);
  assert.equal((await site.call("DELETE", "/api/rooms/garbage-b", { token: alice })).status, 204);
  assert.equal(await site.client.get(roomKey("garbage-b", "livemeta")).string(), null);
});

Deno.test("Janitor removes what a dead node left of a room that is over, and nothing else", async () => {
  const store = new EtcdStore(site.client);
  const [rooms, nodes] = [
    new RoomStore({ store, log: silentLog() }),
    new NodeStore({ store, log: silentLog() }),
  ];
  await Promise.all([rooms.start(), nodes.start()]);
  const janitor = new Janitor({ rooms, nodes, log: silentLog(), goneMs: 200 });
  const mixer = {
    epoch: 1,
    mixerId: "dead",
    liveId: "abcdefgh",
    status: "listening",
    ip: "127.0.0.1",
    port: 30000,
    origin: "http://127.0.0.1:1",
  };
  const janus = { epoch: 1, janusId: "j1", status: "room_created", forwarders: [] };
  try {
    const named = JSON.stringify({ ...mixer, mixerId: "m1" });
    await site.client.put(roomKey("again", "mixer")).value(named).exec();
    await site.client.put(roomKey("left-over", "janus")).value(JSON.stringify(janus)).exec();
    await site.client.put(roomKey("left-over", "mixer")).value(JSON.stringify(mixer)).exec();
    await until(
      () => site.client.get(roomKey("left-over", "mixer")).string(),
      (text) => text === null,
    );
    assert.ok(await site.client.get(roomKey("left-over", "janus")).string());
    assert.ok(await site.client.get(roomKey("again", "mixer")).string());
  } finally {
    await janitor.stop();
    await rooms.stop();
    await nodes.stop();
  }
});

Deno.test("etcd away: reads go on, writes answer 503, and all is well when it is back", async () => {
  await create("outage");
  await site.killEtcd();
  const started = await act("outage", "start");
  assert.deepEqual(
    [started.status, started.code, started.headers.get("retry-after")],
    [503, "unavailable", "2"],
  );
  const path = "/api/rooms/outage";
  const body = { redundancy: 2 };
  for (
    const refused of [
      await create("outage-b"),
      await act("outage", "stop"),
      await site.call("PATCH", path, { token: alice, body }),
      await site.call("DELETE", path, { token: alice }),
    ]
  ) assert.deepEqual([refused.status, refused.headers.get("retry-after")], [503, "2"]);
  assert.equal((await site.call("GET", "/api/rooms/outage")).status, 200);
  assert.equal((await site.call("GET", "/api/rooms/unknown-one")).status, 503);
  await until(() => site.call("GET", "/readyz"), ({ status }) => status === 503);
  await site.reviveEtcd();
  await until(() => act("outage", "start"), ({ status }) => status === 200);
  await until(() => site.call("GET", "/readyz"), ({ status }) => status === 200);
});

Deno.test("a start whose answer was unheard because etcd froze still makes one live only", async () => {
  await create("frozen");
  site.signalEtcd("SIGSTOP");
  const unheard = await act("frozen", "start").finally(() => site.signalEtcd("SIGCONT"));
  assert.equal(unheard.code, "unavailable");
  const started = await until(() => act("frozen", "start"), ({ status }) => status === 200);
  const meta = await metaOf("frozen");
  assert.deepEqual([meta.epoch, meta.lives], [1, 1]);
  assert.equal(started.as(RoomView).live?.id, (await liveOf("frozen"))?.liveId);
});
