import assert from "node:assert/strict";
import { RpcResponse } from "../../src/contracts/jsonrpc.ts";
import { ADMIN_OPERATIONS, AdminNode, AdminNodes, AdminRooms } from "../../src/contracts/admin.ts";
import { DrainOrder } from "../../src/contracts/faults.ts";
import { drainKey } from "../../src/contracts/keys.ts";
import { RoomView } from "../../src/contracts/operations.ts";
import { until } from "../support/until.ts";
import { AdminRig } from "./admin_rig.ts";

let rig: AdminRig;
let alice: string;

Deno.test.beforeAll(async () => {
  rig = await AdminRig.start();
  alice = await rig.site.token("alice");
  for (const id of ["m1", "m2"]) await rig.site.putNode("mixer", id, { capacity: 20, load: 3 });
  await rig.site.putNode("janus", "j1");
  await until("all nodes", async () => (await nodes()).length === 3);
});

Deno.test.afterAll(() => rig.stop());

const nodes = async () => (await rig.get("/api/admin/nodes")).as(AdminNodes).nodes;
const node = async (name: string) => {
  const found = (await nodes()).find(({ kind, id }) => `${kind}/${id}` === name);
  assert.ok(found, name);
  return found;
};
const rooms = async (query = "") => (await rig.get(`/api/admin/rooms?${query}`)).as(AdminRooms);

async function liveRoom(id: string, title = `Title of ${id}`): Promise<RoomView> {
  await rig.site.call("POST", "/api/rooms", { token: alice, body: { id, title } });
  return (await rig.site.call("POST", `/api/rooms/${id}/start`, { token: alice })).as(RoomView);
}

Deno.test("every admin operation refuses strangers, users and former admins, over REST and JSON-RPC", async () => {
  const { id } = await rig.admins.create("former", "correct horse battery");
  const former = await rig.site.token(id, "admin");
  assert.equal((await rig.get("/api/admin/nodes", former)).status, 200);
  await rig.admins.setRole("former", "user");
  const nobodys = await rig.site.token("no-such-account", "admin");
  for (const [method, operation] of Object.entries(ADMIN_OPERATIONS)) {
    const path = operation.path.replace("{kind}", "mixer").replace("{id}", "m1");
    const call = (token?: string) =>
      rig.site.call(operation.method, path, token === undefined ? {} : { token });
    const rpc = async (token?: string) => {
      const answer = await rig.site.rpc({ jsonrpc: "2.0", id: 1, method }, token);
      return answer.as(RpcResponse).error?.data?.code;
    };
    const stranger = await call();
    assert.deepEqual([stranger.status, stranger.code], [401, "unauthorized"], method);
    assert.equal(stranger.headers.get("content-type"), "application/problem+json");
    assert.equal(await rpc(), "unauthorized", method);
    for (const token of [alice, former, nobodys]) {
      const refused = await call(token);
      assert.deepEqual([refused.status, refused.code], [403, "forbidden"], method);
      assert.equal(await rpc(token), "forbidden", method);
    }
  }
  assert.equal(await rig.site.client.get(drainKey("mixer", "m1")).string(), null);
});

Deno.test("admin.nodes tells load, standing and rooms of each node, also of one that is gone", async () => {
  await rig.site.putNode("mixer", "m3", { unhealthy: "FFmpeg is not there", version: "9.9.9" });
  const sick = await until("m3 is ill", async () => {
    const found = (await nodes()).find(({ id }) => id === "m3");
    return found?.standing === "ill" && found;
  });
  assert.deepEqual([sick.takesRooms, sick.version, sick.load], [false, "9.9.9", 0]);
  assert.match(sick.standingText, /FFmpeg is not there/);
  const { live } = await liveRoom("tells-nodes");
  assert.deepEqual((await node("janus/j1")).rooms, ["tells-nodes"]);
  const mixer = await node(`mixer/${live?.mixerId}`);
  assert.deepEqual([mixer.roomCount, mixer.load, mixer.capacity], [1, 3, 20]);
  assert.equal(mixer.takesRooms, true);
  await rig.site.dropNode("mixer", "m3");
  await until("m3 is forgotten", async () => (await nodes()).every(({ id }) => id !== "m3"));

  await rig.site.putNode("janus", "j2");
  await rig.site.dropNode("janus", "j1");
  const gone = await until("j1 is missing", async () => {
    const found = await node("janus/j1");
    return found.standing !== "fit" && found;
  });
  assert.deepEqual([gone.load, gone.version, gone.rooms], [null, null, ["tells-nodes"]]);
  await rig.site.putNode("janus", "j1");
  await rig.site.dropNode("janus", "j2");
  await rig.post("/api/admin/rooms/tells-nodes/stop");
});

Deno.test("admin.node.drain writes the order roomcast drain writes, and leaves a line and an event with who did it", async () => {
  const drained = await rig.post("/api/admin/nodes/mixer/m2/drain", { deadlineS: 45 });
  assert.equal(drained.as(AdminNode).order?.deadlineS, 45);
  const stored = await rig.site.client.get(drainKey("mixer", "m2")).string();
  assert.equal(DrainOrder.parse(JSON.parse(stored ?? "")).deadlineS, 45);
  const line = rig.site.lines.find(({ fields }) => fields["action"] === "drain");
  assert.deepEqual([line?.fields["audit"], line?.fields["deadlineS"]], [true, 45]);
  assert.equal(line?.fields["byName"], `Name of ${line?.fields["by"]}`);
  const action = await until(
    "the event",
    async () =>
      (await rig.events()).find(({ kind, details }) =>
        kind === "admin.action" && details["action"] === "drain"
      ),
  );
  assert.deepEqual(action.node, { kind: "mixer", id: "m2" });
  assert.match(action.text, /^Name of .* told mixer\/m2 to drain within 45 s\.$/);
  assert.equal(action.by?.id, line?.fields["by"]);

  const back = await rig.post("/api/admin/nodes/mixer/m2/undrain");
  assert.equal(back.as(AdminNode).order, null);
  assert.equal(await rig.site.client.get(drainKey("mixer", "m2")).string(), null);
  assert.equal((await rig.post("/api/admin/nodes/mixer/m2/undrain")).status, 200);
});

Deno.test("admin operations say in words what cannot be done", async () => {
  const cases = [
    ["/api/admin/nodes/mixer/nobody/drain", {}, 404, "not_found"],
    ["/api/admin/nodes/mixer/nobody/undrain", {}, 404, "not_found"],
    ["/api/admin/nodes/pump/m1/drain", {}, 400, "invalid_params"],
    ["/api/admin/nodes/mixer/m1/drain", { deadlineS: 0 }, 400, "invalid_params"],
    ["/api/admin/nodes/mixer/m1/drain", { force: true }, 400, "invalid_params"],
    ["/api/admin/rooms/no-such-room/stop", {}, 404, "room_not_found"],
    ["/api/admin/rooms/..%2fx/stop", {}, 400, "invalid_params"],
  ] as const;
  for (const [path, body, status, code] of cases) {
    const answer = await rig.post(path, body);
    assert.deepEqual([answer.status, answer.code], [status, code], path);
  }
  for (const query of ["state=asleep", "node=mixer", "limit=0", "cursor=%25"]) {
    assert.equal((await rig.get(`/api/admin/rooms?${query}`)).code, "invalid_params", query);
  }
  for (const query of ["after=yesterday", "limit=501"]) {
    assert.equal((await rig.get(`/api/admin/events?${query}`)).code, "invalid_params", query);
  }
});

Deno.test("admin.rooms finds rooms by state, node and words, page by page, and counts all", async () => {
  const before = (await rooms()).totals;
  for (const id of ["jazz-1", "jazz-2", "jazz-3"]) await liveRoom(id, `Late jazz ${id}`);
  await rig.site.call("POST", "/api/rooms", { token: alice, body: { id: "quiet", title: "Talk" } });
  const found = await rooms("search=LATE+JAZZ&limit=2");
  assert.deepEqual(found.rooms.map(({ id }) => id), ["jazz-3", "jazz-2"]);
  const rest = await rooms(`search=LATE+JAZZ&limit=2&cursor=${found.nextCursor}`);
  assert.deepEqual(rest.rooms.map(({ id }) => id), ["jazz-1"]);
  assert.equal(rest.nextCursor, null);
  assert.deepEqual((await rooms("live=false&search=quiet")).rooms.map(({ id }) => id), ["quiet"]);
  const [one] = (await rooms("search=jazz-1")).rooms;
  assert.ok(one?.live);
  assert.deepEqual(one.places.map(({ part, nodeId, status }) => [part, nodeId, status]), [
    ["janus", "j1", null],
    ["mixer", one.live.mixerId, null],
  ]);
  const here = await rooms(`node=mixer/${one.live.mixerId}`);
  assert.ok(here.rooms.some(({ id }) => id === "jazz-1"));
  assert.ok(here.rooms.every(({ live }) => live?.mixerId === one.live?.mixerId));
  const { totals } = await rooms("limit=1");
  assert.equal(totals.starting - before.starting, 3);
  assert.equal(totals.idle - before.idle, 1);
});

Deno.test("admin.room.stop ends anybody's broadcast, says why in the log, and may be said twice", async () => {
  await liveRoom("stop-me", "Noise");
  const stopped = await rig.post("/api/admin/rooms/stop-me/stop", { reason: "spam" });
  assert.deepEqual([stopped.status, stopped.as(RoomView).live], [200, null]);
  assert.equal((await rig.post("/api/admin/rooms/stop-me/stop")).status, 200);
  const told = await until("the events", async () => {
    const mine = (await rig.events()).filter(({ roomId }) => roomId === "stop-me");
    return mine.some(({ kind }) => kind === "admin.action") && mine;
  });
  const action = told.find(({ kind }) => kind === "admin.action");
  assert.match(action?.text ?? "", /stopped Noise: spam\.$/);
  assert.deepEqual(told.filter(({ kind }) => kind === "room.started").map(({ by }) => by?.id), [
    "alice",
  ]);
  const line = rig.site.lines.findLast(({ fields }) => fields["action"] === "stop");
  assert.equal(line?.fields["room"], "stop-me");
});
