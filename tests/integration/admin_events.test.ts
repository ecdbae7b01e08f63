import assert from "node:assert/strict";
import type { AdminEvent } from "../../src/contracts/admin_events.ts";
import { adminKeys } from "../../src/control/admin/redis_keys.ts";
import { TcpProxy } from "../../deploy/local/tcp_proxy.ts";
import { EventStream } from "../../web/src/client/event_stream.ts";
import { readEvents } from "../support/sse.ts";
import { until } from "../support/until.ts";
import { AdminRig } from "./admin_rig.ts";

let rig: AdminRig;
let alice: string;

Deno.test.beforeAll(async () => {
  rig = await AdminRig.start();
  alice = await rig.site.token("alice");
  await until("somebody tells", async () => await rig.redis.client.exists(adminKeys.told) === 1);
});

Deno.test.afterAll(() => rig.stop());

const make = (id: string) =>
  rig.site.call("POST", "/api/rooms", { token: alice, body: { id, title: id } });
const drop = (id: string) => rig.site.call("DELETE", `/api/rooms/${id}`, { token: alice });
const about = (id: string) => ({ roomId }: AdminEvent) => roomId === id;

/** The events up to the one that fits. */
async function readUntil(
  reader: { next(): Promise<AdminEvent> },
  fits: (event: AdminEvent) => boolean,
): Promise<AdminEvent[]> {
  const read: AdminEvent[] = [];
  do read.push(await reader.next()); while (!read.some(fits));
  return read;
}

Deno.test("the event stream goes on at another Room Manager without loss or doubles", async () => {
  const second = await rig.site.another();
  const first = await readEvents(rig.site.url, rig.token);
  await make("first-room");
  const seen = await readUntil(first, about("first-room"));
  await first.close();
  for (const id of ["missed-1", "missed-2"]) await make(id);
  await drop("missed-1");
  await until(
    "all is told",
    async () =>
      (await rig.events()).some(({ kind, roomId }) =>
        kind === "room.deleted" && roomId === "missed-1"
      ),
  );
  const resumed = await readEvents(String(second.url), rig.token, seen.at(-1)?.id);
  await make("last-room");
  const rest = await readUntil(resumed, about("last-room"));
  await resumed.close();
  const all = await rig.events();
  assert.deepEqual([...seen, ...rest], all);
  assert.equal(new Set(all.map(({ id }) => id)).size, all.length);
  assert.deepEqual(
    rest.filter(({ roomId }) => roomId?.startsWith("missed")).map(({ kind, roomId }) => [
      kind,
      roomId,
    ]),
    [
      ["room.created", "missed-1"],
      ["room.created", "missed-2"],
      ["room.deleted", "missed-1"],
    ],
  );
  await second.stop();
});

Deno.test("EventStream takes the log up again without loss or doubles when its connection is cut", async () => {
  const proxy = new TcpProxy(Number(new URL(rig.site.url).port));
  const seen: string[] = [];
  const states: string[] = [];
  const before = (await rig.events()).length;
  const stream = new EventStream({
    url: `http://127.0.0.1:${proxy.port}/api/admin/events`,
    tokens: { accessToken: () => Promise.resolve(rig.token) },
    onEvents: (events) => seen.push(...events.map(({ id }) => id)),
    onGap: () => assert.fail("nothing was thrown away"),
    onState: ({ status }) => states.push(status),
  });
  await until("it shows what there was", () => seen.length === before);
  proxy.cut();
  await make("while-cut");
  await until("it knows that it is cut off", () => states.includes("waiting"));
  proxy.heal();
  await make("after-cut");
  const all = await until("all is told", async () => {
    const events = await rig.events();
    return events.some(about("after-cut")) && events.map(({ id }) => id);
  });
  await until("it has caught up", () => seen.length >= all.length);
  assert.deepEqual(seen, all);
  stream.close();
  await proxy.stop();
});

Deno.test("a change is told once when the Room Manager that tells ends", async () => {
  const { url, stop } = await rig.site.another();
  const teller = () => rig.redis.client.get(adminKeys.teller);
  const before = await teller();
  await rig.site.putNode("mixer", "told-once");
  const up = ({ node }: AdminEvent) => node?.id === "told-once";
  await until("it is told", async () => (await rig.events()).some(up));
  // As long as the first one has the place it is taken from it; the second finds out by itself what was told.
  await until("the other one tells", async () => {
    const now = await teller();
    if (now === before) await rig.redis.client.del(adminKeys.teller);
    return now !== null && now !== before;
  });
  await rig.site.dropNode("mixer", "told-once");
  const told = await until("its end is told", async () => {
    const events = (await rig.events()).filter(up);
    return events.some(({ details }) => details["state"] === "gone") && events;
  });
  assert.deepEqual(told.map(({ details }) => details["state"]), ["up", "gone"]);
  const reader = await readEvents(String(url), rig.token);
  await stop();
  await assert.rejects(readUntil(reader, () => false), /ended/);
  await reader.close();
});

Deno.test("what happens while Redis is away is told once it is back, once", async () => {
  await rig.killRedis();
  const without = await rig.get("/api/admin/events");
  assert.deepEqual([without.status, without.code], [503, "unavailable"]);
  assert.equal((await rig.get("/api/admin/nodes")).status, 200);
  await rig.site.putNode("mixer", "m9");
  await until("m9 is seen", async () => (await rig.get("/api/admin/nodes")).text.includes("m9"));
  assert.equal((await rig.post("/api/admin/nodes/mixer/m9/drain")).status, 200);
  await rig.reviveRedis();
  const told = await until("it is told", async () => {
    const events = (await rig.events()).filter(({ node }) => node?.id === "m9");
    return events.length >= 3 && events;
  });
  assert.deepEqual(told.map(({ kind }) => kind).toSorted(), [
    "admin.action",
    "node.order",
    "node.state",
  ]);
});

Deno.test("the event stream refuses before it begins who may not read, and says when events are gone for good", async () => {
  await assert.rejects(readEvents(rig.site.url, alice), /403 .*forbidden/);
  await assert.rejects(readEvents(rig.site.url, rig.token, "yesterday"), /400 .*invalid_params/);
  const oldest = (await rig.events())[0]?.id ?? "";
  await rig.redis.client.xtrim(adminKeys.events, "MAXLEN", 1);
  const late = await rig.get(`/api/admin/events?after=${oldest}`);
  assert.match(late.text, /"gap":true/);
  const [last] = await rig.events();
  assert.match((await rig.get(`/api/admin/events?after=${last?.id}`)).text, /"gap":false/);
});

Deno.test("the event stream ends with its token when that runs out", async () => {
  const sub = String(JSON.parse(atob(rig.token.split(".")[1] ?? "")).sub);
  const brief = await rig.site.token(sub, "admin", "2s");
  const reader = await readEvents(rig.site.url, brief);
  await assert.rejects(readUntil(reader, () => false), /ended/);
});
