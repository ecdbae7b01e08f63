import assert from "node:assert/strict";
import { roomKey, suspicionKey } from "../../src/contracts/keys.ts";
import { RoomView } from "../../src/contracts/operations.ts";
import { LiveMeta, type MixerObserved, RoomMeta } from "../../src/contracts/room.ts";
import type { Running } from "../../src/platform/lifecycle.ts";
import { startKeeper } from "./rooms_keeper.ts";
import { type RoomsSite, startRoomsSite, until } from "./rooms_support.ts";

/** Two nodes of each kind are left alone, so that no test takes most of them at once. */
const NODES = [
  ...["j1", "j2", "j3"].map((id) => ["janus", id] as const),
  ...["m1", "m2", "m3"].map((id) => ["mixer", id] as const),
];

let site: RoomsSite;
let token: string;
const keepers: Running[] = [];

Deno.test.beforeAll(async () => {
  site = await startRoomsSite();
  token = await site.token("alice");
  await healAll();
  // Two keepers beside the Room Manager's own, which holds still for its first seconds.
  for (const _ of [1, 2]) keepers.push(await startKeeper(site.client, { renewalMs: 0 }));
});

Deno.test.afterAll(async () => {
  for (const keeper of keepers) await keeper.stop();
  await site.stop();
});

async function healAll(): Promise<void> {
  for (const [kind, id] of NODES) await site.putNode(kind, id);
  await site.client.delete().prefix("/suspicions/").exec();
}

const liveOf = async (id: string) => {
  const text = await site.client.get(roomKey(id, "livemeta")).string();
  return LiveMeta.nullable().parse(text === null ? null : JSON.parse(text));
};

async function put(id: string, part: "meta" | "livemeta" | "standby", value: unknown) {
  await site.client.put(roomKey(id, part)).value(JSON.stringify(value)).exec();
}

/** A room live on j1 and m1, as livemeta says. */
async function live(id: string, rest: Partial<LiveMeta> = {}, redundancy: 1 | 2 = 1) {
  await site.call("POST", "/api/rooms", { token, body: { id, title: `Room ${id}` } });
  const text = await site.client.get(roomKey(id, "meta")).string();
  const meta = RoomMeta.parse(JSON.parse(text ?? "null"));
  const livemeta: LiveMeta = {
    status: "onair",
    epoch: 4,
    liveId: "abcdefgh",
    live: 1,
    startedAt: Date.now(),
    mediaSequence: 100,
    partFrames: 10,
    janusId: "j1",
    mixerId: "m1",
    standbyId: null,
    ...rest,
  };
  const values = { meta: { ...meta, epoch: livemeta.epoch, lives: 1, redundancy }, livemeta };
  await site.client.if(roomKey(id, "meta"), "Create", "!=", 0).then(
    ...(["meta", "livemeta"] as const).map((part) =>
      site.client.put(roomKey(id, part)).value(JSON.stringify(values[part]))
    ),
  ).commit();
  return livemeta;
}

async function moved(id: string, fits: (live: LiveMeta) => boolean): Promise<LiveMeta> {
  const found = await until(() => liveOf(id), (now) => now !== null && fits(now));
  assert.ok(found);
  return found;
}

async function suspect(id: string, ...witnesses: ("edge" | "janus")[]) {
  for (const witness of witnesses) {
    const value = { witness, reason: "no answer", since: Date.now() };
    const key = suspicionKey("mixer", id, `${witness}-1`);
    await site.client.put(key).value(JSON.stringify(value)).exec();
  }
}

const onAir = ({ epoch, liveId, standbyId }: LiveMeta): MixerObserved => ({
  epoch,
  mixerId: standbyId ?? "",
  liveId,
  status: "on_air",
  ip: "127.0.0.1",
  port: 30000,
  origin: "http://127.0.0.1:1",
});

Deno.test("a room goes on elsewhere, as the same broadcast, when an edge and a Janus suspect its mixer", async () => {
  const before = await live("suspected");
  await suspect("m1", "edge");
  const warm = await live("suspected-warm", { standbyId: "m2" }, 2);
  await suspect("m1", "janus");
  const after = await moved("suspected", ({ mixerId }) => mixerId !== "m1");
  const { mixerId, epoch, ...kept } = after;
  const { mixerId: _old, epoch: _epoch, ...had } = before;
  assert.deepEqual(kept, had);
  assert.ok(["m2", "m3"].includes(mixerId));
  assert.equal(epoch, 5);
  const promoted = await moved("suspected-warm", ({ mixerId }) => mixerId !== "m1");
  assert.deepEqual([promoted.mixerId, promoted.standbyId], ["m2", "m3"]);
  assert.equal(promoted.epoch, warm.epoch + 1);
  const meta = await site.client.get(roomKey("suspected", "meta")).string();
  assert.equal(RoomMeta.parse(JSON.parse(meta ?? "null")).epoch, epoch);
  const { text } = await site.call("GET", "/metrics");
  assert.match(text, /roomcast_placements_total\{part="mixer",why="suspected"\} [1-9]/);
  await healAll();
});

Deno.test("a room goes on elsewhere when the lease of its mixer or Janus is gone", async () => {
  await live("leaseless");
  await site.dropNode("mixer", "m1");
  await site.dropNode("janus", "j1");
  const after = await moved("leaseless", (now) => now.mixerId !== "m1" && now.janusId !== "j1");
  assert.ok(after.epoch === 5 || after.epoch === 6);
  await healAll();
});

Deno.test("a room is given a second mixer when it asks for one, and loses it when it does no more", async () => {
  const { epoch } = await live("twofold", {}, 2);
  const two = await moved("twofold", ({ standbyId }) => standbyId !== null);
  assert.equal(two.epoch, epoch + 1);
  assert.notEqual(two.standbyId, two.mixerId);
  await site.dropNode("mixer", two.standbyId ?? "");
  const other = await moved(
    "twofold",
    ({ standbyId }) => ![null, two.standbyId].includes(standbyId),
  );
  assert.notEqual(other.standbyId, other.mixerId);
  const text = await site.client.get(roomKey("twofold", "meta")).string();
  await put("twofold", "meta", { ...JSON.parse(text ?? "null"), redundancy: 1 });
  await moved("twofold", ({ standbyId }) => standbyId === null);
  await healAll();
});

Deno.test("a draining mixer's room gets a standby, and moves once that is on air", async () => {
  await live("drained");
  await site.putNode("mixer", "m1", { draining: true });
  const first = await moved("drained", ({ standbyId }) => standbyId !== null);
  assert.equal(first.mixerId, "m1");
  await put("drained", "standby", { ...onAir(first), status: "listening" });
  await put("drained", "standby", onAir(first));
  const second = await moved("drained", ({ mixerId }) => mixerId !== "m1");
  assert.deepEqual([second.mixerId, second.standbyId], [first.standbyId, null]);
  assert.equal(second.epoch, first.epoch + 1);
  await healAll();
});

Deno.test("a room leaves a Janus that drains or stays ill, and one that is soon well again keeps it", async () => {
  await live("ill");
  await live("well", { janusId: "j2" });
  await live("told", { janusId: "j3" });
  await site.putNode("janus", "j2", { unhealthy: "Janus does not answer" });
  await site.putNode("janus", "j2");
  await site.putNode("janus", "j1", { unhealthy: "Janus does not answer" });
  await site.putNode("janus", "j3", { draining: true });
  assert.equal((await moved("told", ({ janusId }) => janusId !== "j3")).janusId, "j2");
  assert.equal((await moved("ill", ({ janusId }) => janusId !== "j1")).janusId, "j2");
  assert.equal((await liveOf("well"))?.epoch, 4);
  await healAll();
});

Deno.test("a room stays where it is when there is no other node, and moves when there is one", async () => {
  for (const id of ["j2", "j3"]) await site.putNode("janus", id, { draining: true });
  await live("stuck");
  await site.putNode("janus", "j1", { draining: true });
  await live("marker", {}, 2);
  await moved("marker", ({ standbyId }) => standbyId !== null);
  assert.equal((await liveOf("stuck"))?.janusId, "j1");
  await site.putNode("janus", "j2");
  await moved("stuck", ({ janusId }) => janusId === "j2");
  await healAll();
});

Deno.test("PATCH redundancy gives a live room a standby at once, and start does so from the beginning", async () => {
  const body = { id: "asked", title: "Asked", redundancy: 2 };
  const made = await site.call("POST", "/api/rooms", { token, body });
  assert.deepEqual([made.status, made.as(RoomView).redundancy], [201, 2]);
  const started = await site.call("POST", "/api/rooms/asked/start", { token });
  const first = started.as(RoomView).live;
  assert.ok(first?.standbyId);
  assert.notEqual(first.standbyId, first.mixerId);
  const patch = (redundancy: number) =>
    site.call("PATCH", "/api/rooms/asked", { token, body: { redundancy } });
  assert.equal((await patch(1)).status, 200);
  await moved("asked", ({ standbyId }) => standbyId === null);
  await patch(2);
  const again = await moved("asked", ({ standbyId }) => standbyId !== null);
  assert.equal(again.epoch, first.epoch + 2);
  assert.equal((await patch(3)).code, "invalid_params");
});

Deno.test("nothing moves when most nodes vanish at once", async () => {
  await live("mass");
  for (const [kind, id] of NODES) if (id !== "m3" && id !== "j3") await site.dropNode(kind, id);
  const text = await site.client.get(roomKey("mass", "meta")).string();
  assert.ok(text);
  await new Promise((resolve) => setTimeout(resolve, 2500));
  assert.equal((await liveOf("mass"))?.epoch, 4);
  await healAll();
});
