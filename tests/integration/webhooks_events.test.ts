import assert from "node:assert/strict";
import { admin as roomcastAdmin } from "../../src/admin.ts";
import { roomKey } from "../../src/contracts/keys.ts";
import { WEBHOOK_EVENTS } from "../../src/contracts/webhook_events.ts";
import { WEBHOOK_OPERATIONS, WebhookView } from "../../src/contracts/webhooks.ts";
import { RoomLog } from "../../src/gateway/signaling/room_log.ts";
import { readConfig } from "../../src/platform/config.ts";
import { TRIES_IN_LINE } from "../../src/control/webhooks/retry_plan.ts";
import { silentLog } from "../../src/platform/log.ts";
import { connectRedis, redisReady } from "../../src/platform/redis.ts";
import type { RunningRole } from "../../src/platform/role.ts";
import { until } from "../support/until.ts";
import { type Receiver, startReceiver, typesAt } from "../support/webhook_receiver.ts";
import { putAdmin, startWebhooksSite, type WebhooksSite, withRedis } from "./webhooks_rig.ts";

let site: WebhooksSite;
let receiver: Receiver;
let alice: string;
let admin: string;
let second: RunningRole;

Deno.test.beforeAll(async () => {
  site = await startWebhooksSite();
  second = await site.another();
  receiver = startReceiver();
  [alice, admin] = await Promise.all([site.token("alice"), site.token("root", "admin")]);
});

Deno.test.afterAll(async () => {
  await receiver.stop();
  await site.stop();
});

const make = (id: string, token = alice) =>
  site.call("POST", "/api/rooms", { token, body: { id, title: `Room ${id}` } });
const act = (id: string, action: "start" | "stop") =>
  // A Room Manager hears of its nodes a moment after they were put.
  until(`${action} of ${id}`, async () => {
    const answer = await site.call("POST", `/api/rooms/${id}/${action}`, { token: alice });
    assert.equal(answer.status, 200, answer.text);
    return true;
  });
const drop = (id: string) => site.call("DELETE", `/api/rooms/${id}`, { token: alice });
const comes = (path: string, type: string, times = 1) =>
  until(
    `${times} × ${type} at ${path}`,
    () => typesAt(receiver, path).filter((one) => one === type).length >= times,
  );

Deno.test("a room's life is told once, in order, by two Room Managers", async () => {
  await site.hook(receiver, "/life", alice);
  await site.hook(receiver, "/site", admin, { scope: "site", events: ["room.created"] });
  const bob = await site.token("bob");
  await site.hook(receiver, "/bob", bob);
  await make("life-room");
  await act("life-room", "start");
  await comes("/life", "room.started");
  await site.putObserved("life-room", "on_air");
  await comes("/life", "room.on_air");
  await site.putObserved("life-room", "degraded");
  await comes("/life", "room.degraded");
  await site.putObserved("life-room", "on_air");
  await comes("/life", "room.on_air", 2);
  await act("life-room", "stop");
  await drop("life-room");
  await comes("/life", "room.deleted");
  await make("bobs-room", bob);
  await comes("/bob", "room.created");
  await comes("/site", "room.created", 2);
  assert.deepEqual(typesAt(receiver, "/life"), [
    "room.created",
    "room.started",
    "room.on_air",
    "room.degraded",
    "room.on_air",
    "room.stopped",
    "room.deleted",
  ]);
  assert.deepEqual(typesAt(receiver, "/bob"), ["room.created"]);
  assert.deepEqual(typesAt(receiver, "/site"), ["room.created", "room.created"]);
  const events = receiver.at("/life").map(({ event }) => event);
  assert.equal(new Set(events.map(({ id }) => id)).size, events.length);
  const sequences = events.map(({ sequence }) => sequence);
  assert.deepEqual(sequences, sequences.toSorted((a, b) => a - b));
  for (const { type, data } of events) WEBHOOK_EVENTS[type].data.parse(data);
  assert.match(JSON.stringify(events[3]?.data), /mixer m1: no frames arrive/);
});

Deno.test("later events of a room wait for the first, and overtake it when it goes on failing", async () => {
  const failing = () => new Response("", { status: 500 });
  receiver.script("/line", ...Array.from({ length: TRIES_IN_LINE }, () => failing));
  await site.hook(receiver, "/line", alice);
  await site.call("POST", "/api/rooms", { token: alice, body: { id: "line-room", title: "L" } });
  await until("its first try", () => receiver.at("/line").length > 0);
  await site.call("DELETE", "/api/rooms/line-room", { token: alice });
  await until("both came", () => receiver.at("/line").length === TRIES_IN_LINE + 2);
  const types = typesAt(receiver, "/line");
  assert.deepEqual(types.slice(0, TRIES_IN_LINE), Array(TRIES_IN_LINE).fill("room.created"));
  assert.deepEqual(types.slice(TRIES_IN_LINE).toSorted(), ["room.created", "room.deleted"]);
  const [created, deleted] = [types.lastIndexOf("room.created"), types.indexOf("room.deleted")];
  const sequenceAt = (index: number) => receiver.at("/line")[index]?.event.sequence ?? 0;
  assert.ok(sequenceAt(created) < sequenceAt(deleted));
});

Deno.test("members are told of once, by name, however many Room Managers read the feed", async () => {
  await site.hook(receiver, "/members", alice, { events: ["member.joined", "member.left"] });
  await make("member-room");
  const redis = connectRedis(site.redisUrl, silentLog());
  await redisReady(redis);
  const log = new RoomLog(redis, "gateway-1");
  const carol = {
    ...{ id: "seat-1", userId: "carol", name: "Carol", role: "speaker" as const },
    muted: false,
  };
  await log.announce("member-room", carol);
  await log.announce("member-room", carol, true);
  await comes("/members", "member.joined");
  await log.retire("member-room", "seat-1", true);
  await log.retire("member-room", "seat-1", true);
  await comes("/members", "member.left");
  await redis.stop();
  const told = receiver.at("/members").map(({ event }) => event);
  assert.deepEqual(told.map(({ type }) => type), ["member.joined", "member.left"]);
  for (const { type, data } of told) {
    const { member, room, live } = WEBHOOK_EVENTS["member.left"].data.parse(data);
    assert.deepEqual(
      member,
      { seat: "seat-1", userId: "carol", name: "Carol", role: "speaker" },
      type,
    );
    assert.deepEqual([room.id, live], ["member-room", null]);
  }
});

Deno.test("who is an admin no more has no webhook for all rooms, and is told of none", async () => {
  const former = await site.token("former", "admin");
  await withRedis(site.redisUrl, (redis) => putAdmin(redis, "former"));
  const hooks = (method: string, path: string, token: string, body?: unknown) =>
    site.call(method, `/api/webhooks${path}`, { token, ...(body === undefined ? {} : { body }) });
  const all = { scope: "site", events: ["room.created"] };
  const wide = await site.hook(receiver, "/former-site", former, all);
  const own = await site.hook(receiver, "/former-own", former);
  const others = await site.hook(receiver, "/still", alice, { events: ["room.created"] });
  assert.equal((await hooks("GET", `/${others.id}`, former)).status, 200);

  const config = readConfig({ ROOMCAST_REDIS: site.redisUrl });
  const printed: string[] = [];
  await roomcastAdmin({ verb: "revoke", who: "former" }, config, (line) => printed.push(line));
  assert.match(printed.join("\n"), /no admin any more[^]*switched off: 1$/);
  await make("unseen-room");
  await comes("/still", "room.created");
  const off = (await hooks("GET", `/${wide.id}`, admin)).as(WebhookView);
  assert.deepEqual([off.disabledReason, off.waiting], ["its owner is no admin any more", 0]);
  const body = { url: `${receiver.url}/former-more`, scope: "site" };
  assert.equal((await hooks("POST", "", former, body)).code, "forbidden");
  assert.equal((await hooks("GET", "?all=true", former)).code, "forbidden");
  for (const { id } of [wide, others]) {
    assert.equal((await hooks("GET", `/${id}`, former)).code, "not_found");
    assert.equal((await hooks("PATCH", `/${id}`, former, { enabled: true })).code, "not_found");
  }
  const listed = (await hooks("GET", "", former)).as(WEBHOOK_OPERATIONS["webhook.list"].result);
  assert.deepEqual(listed.webhooks.map(({ id }) => id), [own.id]);
  const kept = await hooks("PATCH", `/${own.id}`, former, { description: "Mine" });
  assert.equal(kept.as(WebhookView).enabled, true);

  const on = await hooks("PATCH", `/${wide.id}`, admin, { enabled: true });
  assert.equal(on.as(WebhookView).enabled, true);
  await make("seen-room");
  await comes("/former-site", "room.created");
  assert.match(receiver.at("/former-site")[0]?.body ?? "", /"seen-room"/);
  await Promise.all([wide, others].map(({ id }) => hooks("DELETE", `/${id}`, admin)));
});

Deno.test("what happens while Redis is away is told once it is back", async () => {
  await site.hook(receiver, "/away", alice);
  await make("away-room");
  await comes("/away", "room.created");
  await site.killRedis();
  await act("away-room", "start");
  await act("away-room", "stop");
  await act("away-room", "start");
  const answer = await site.call("GET", "/api/webhooks", { token: alice });
  assert.deepEqual([answer.status, answer.code], [503, "unavailable"]);
  await site.reviveRedis();
  await comes("/away", "room.started", 2);
  const expected = ["room.created", "room.started", "room.stopped", "room.started"];
  assert.deepEqual(typesAt(receiver, "/away"), expected);
});

Deno.test("what Redis has forgotten is not told again", async () => {
  // Of two, one may not have read what the other told before it is forgotten: it tells it again, by the same names.
  await second.stop();
  await make("kept-room");
  await comes("/away", "room.created", 2);
  const redis = connectRedis(site.redisUrl, silentLog());
  await redisReady(redis);
  await redis.client.flushall();
  await site.hook(receiver, "/flushed", alice);
  await make("later-room");
  await comes("/flushed", "room.created");
  await act("kept-room", "start");
  await comes("/flushed", "room.started");
  assert.deepEqual(typesAt(receiver, "/flushed"), ["room.created", "room.started"]);
  await redis.stop();
});

Deno.test("what happened while no Room Manager ran is told by the next one", async () => {
  const own = await startWebhooksSite();
  try {
    const token = await own.token("alice");
    const hook = await own.hook(receiver, "/none", token);
    for (const id of ["gone-room", "over-room"]) {
      await own.call("POST", "/api/rooms", { token, body: { id, title: id } });
      await until(
        "the nodes are known",
        async () => (await own.call("POST", `/api/rooms/${id}/start`, { token })).status === 200,
      );
    }
    await comes("/none", "room.started", 2);
    await own.stopManagers();
    await own.client.delete().key(roomKey("gone-room", "meta")).exec();
    await own.client.delete().key(roomKey("gone-room", "livemeta")).exec();
    await own.client.delete().key(roomKey("over-room", "livemeta")).exec();
    await own.another();
    await comes("/none", "room.deleted");
    await comes("/none", "room.stopped", 2);
    const last = receiver.at("/none").slice(4).map(({ event }) => event);
    assert.deepEqual(last.map(({ type }) => type).toSorted(), [
      "room.deleted",
      "room.stopped",
      "room.stopped",
    ]);
    assert.ok(hook.secret.startsWith("whsec_"));
  } finally {
    await own.stop();
  }
});
