import assert from "node:assert/strict";
import { z } from "zod";
import { freePort } from "../../deploy/local/ports.ts";
import {
  DeliveryView,
  WEBHOOK_OPERATIONS,
  type WebhookId,
  WebhookSecret,
  WebhookView,
  WebhookWithSecret,
} from "../../src/contracts/webhooks.ts";
import { EndpointStore } from "../../src/control/webhooks/endpoint_store.ts";
import { deliveryId, eventId, type Happening } from "../../src/control/webhooks/happenings.ts";
import { Publisher } from "../../src/control/webhooks/publisher.ts";
import { webhookKeys } from "../../src/control/webhooks/redis_keys.ts";
import { readProject } from "../rules/support.ts";
import { until } from "../support/until.ts";
import { verify } from "../support/documented_receiver.ts";
import { type Receiver, startReceiver, typesAt } from "../support/webhook_receiver.ts";
import { startWebhooksSite, type WebhooksSite, withRedis } from "./webhooks_rig.ts";

let site: WebhooksSite;
let receiver: Receiver;
let alice: string;
let admin: string;

Deno.test.beforeAll(async () => {
  site = await startWebhooksSite();
  receiver = startReceiver();
  [alice, admin] = await Promise.all([site.token("alice"), site.token("root", "admin")]);
});

Deno.test.afterAll(async () => {
  await receiver.stop();
  await site.stop();
});

const call = (method: string, path: string, body?: unknown, token = alice) =>
  site.call(method, `/api/webhooks${path}`, { token, ...(body === undefined ? {} : { body }) });
const Page = WEBHOOK_OPERATIONS["webhook.deliveries"].result;
const deliveries = async (id: WebhookId, query = "") =>
  (await call("GET", `/${id}/deliveries${query}`)).as(Page);
const ping = async (id: WebhookId) => (await call("POST", `/${id}/test`)).as(DeliveryView);
/** The endpoint's only delivery, once it is over. */
const outcome = (id: WebhookId, status = "delivered") =>
  until(`a delivery of ${id} is ${status}`, async () => {
    const [one] = (await deliveries(id)).deliveries;
    return one?.status === status && one;
  });
/** Once a try of an endpoint has failed. */
const hasFailed = (id: WebhookId) =>
  until(
    `a try of ${id} has failed`,
    async () => (await call("GET", `/${id}`)).as(WebhookView).failingSince !== null,
  );
const status = (code: number, headers = {}) => () =>
  new Response(`says ${code}`, { status: code, headers });

Deno.test("a delivery is made again, under the same id, when a receiver fails in any way", async () => {
  const elsewhere = startReceiver();
  const held = Promise.withResolvers<Response>();
  receiver.script("/failing", status(500), status(503), () => held.promise);
  receiver.script("/redirecting", status(302, { location: `${elsewhere.url}/x` }));
  const port = freePort();
  const [failing, redirecting, refusing] = await Promise.all([
    site.hook(receiver, "/failing", alice),
    site.hook(receiver, "/redirecting", alice),
    site.hook({ ...receiver, url: `http://127.0.0.1:${port}` }, "/refusing", alice),
  ]);
  await Promise.all([failing, redirecting, refusing].map(({ id }) => ping(id)));
  await until(
    "a refused try",
    async () =>
      (await deliveries(refusing.id)).deliveries[0]?.lastError === "the connection was refused",
  );
  const late = startReceiver(port);
  const [failed, redirected, refused] = await Promise.all([
    outcome(failing.id),
    outcome(redirecting.id),
    outcome(refusing.id),
  ]);
  held.resolve(new Response());
  assert.equal(failed.attempts, 4);
  assert.equal(redirected.attempts, 2);
  assert.ok(refused.attempts >= 2);
  assert.equal(elsewhere.received.length, 0);
  assert.equal(late.received.length, 1);
  const tries = receiver.at("/failing");
  assert.deepEqual(
    tries.map(({ headers }) => headers.get("webhook-id")),
    Array(4).fill(failed.eventId),
  );
  assert.equal(new Set(tries.map(({ body }) => body)).size, 1);
  const timed = (await deliveries(failing.id)).deliveries[0];
  assert.deepEqual([timed?.lastStatus, timed?.lastError, timed?.nextAttemptAt], [204, null, null]);
  await late.stop();
  await elsewhere.stop();
});

Deno.test("a failing delivery says why, when it is tried next, and what was answered", async () => {
  receiver.script("/busy", status(503, { "retry-after": "3600" }));
  const { id } = await site.hook(receiver, "/busy", alice);
  const sent = await ping(id);
  assert.deepEqual([sent.status, sent.type], ["pending", "webhook.ping"]);
  const waiting = await until("the first try is over", async () => {
    const [one] = (await deliveries(id, "?status=pending")).deliveries;
    return one?.attempts === 1 && one;
  });
  assert.deepEqual([waiting.lastStatus, waiting.lastError, waiting.response], [
    503,
    "answered 503",
    "says 503",
  ]);
  assert.ok(Date.parse(waiting.nextAttemptAt ?? "") > Date.now() + 3_000_000);
  const health = (await call("GET", `/${id}`)).as(WebhookView);
  assert.deepEqual([health.waiting, health.failingSince !== null], [1, true]);
  const again = await call("POST", `/${id}/deliveries/${waiting.id}/retry`);
  assert.equal(again.status, 202);
  assert.equal((await outcome(id)).attempts, 2);
  assert.equal((await call("GET", `/${id}`)).as(WebhookView).failingSince, null);
  await call("POST", `/${id}/deliveries/${waiting.id}/retry`);
  await until("what has succeeded is sent again", () => receiver.at("/busy").length === 3);
});

Deno.test("requests are signed, and with both secrets for a while when it is changed", async () => {
  const made = await site.hook(receiver, "/signed", alice);
  await ping(made.id);
  await outcome(made.id);
  const rotated = (await call("POST", `/${made.id}/rotate`)).as(WebhookWithSecret);
  assert.notEqual(rotated.secret, made.secret);
  await ping(made.id);
  await until("both came", () => receiver.at("/signed").length === 2);
  const [first, second] = receiver.at("/signed");
  const good = (one: typeof first, secret: string) =>
    verify(one?.headers ?? new Headers(), one?.body ?? "", secret);
  assert.equal(await good(first, made.secret), true);
  assert.equal(await good(first, rotated.secret), false);
  assert.equal(await good(second, made.secret), true);
  assert.equal(await good(second, rotated.secret), true);
  assert.equal(
    await verify(second?.headers ?? new Headers(), `${second?.body} `, made.secret),
    false,
  );
});

Deno.test("a slow receiver delays no other", async () => {
  const held = Promise.withResolvers<Response>();
  receiver.script("/slow", ...Array.from({ length: 3 }, () => () => held.promise));
  const slow = await site.hook(receiver, "/slow", alice);
  const quick = await site.hook(receiver, "/quick", alice);
  for (const _ of Array(6)) await ping(slow.id);
  await until("its tries are under way", () => receiver.at("/slow").length === 3);
  await ping(quick.id);
  await outcome(quick.id);
  assert.equal((await call("GET", `/${slow.id}`)).as(WebhookView).waiting, 6);
  held.resolve(new Response());
  await until(
    "all came",
    async () => (await call("GET", `/${slow.id}`)).as(WebhookView).waiting === 0,
  );
});

Deno.test("a delivery that waits behind another of its room is tried by hand with that one", async () => {
  receiver.script("/behind", status(503, { "retry-after": "3600" }));
  const { id } = await site.hook(receiver, "/behind", alice);
  await site.call("POST", "/api/rooms", { token: alice, body: { id: "behind-room", title: "B" } });
  await hasFailed(id);
  await site.call("DELETE", "/api/rooms/behind-room", { token: alice });
  const second = await until("both wait", async () => {
    const [one, first] = (await deliveries(id)).deliveries;
    return first !== undefined && one;
  });
  await call("POST", `/${id}/deliveries/${second.id}/retry`);
  await until("both came", () => receiver.at("/behind").length === 3);
  assert.deepEqual(typesAt(receiver, "/behind"), ["room.created", "room.created", "room.deleted"]);
});

Deno.test("a receiver that says 410 is called no more until it is enabled again", async () => {
  receiver.script("/gone", status(410));
  const { id } = await site.hook(receiver, "/gone", alice);
  await ping(id);
  const off = await until("it is switched off", async () => {
    const view = (await call("GET", `/${id}`)).as(WebhookView);
    return !view.enabled && view;
  });
  assert.equal(off.disabledReason, "it answered 410 Gone");
  const refused = await call("POST", `/${id}/test`);
  assert.deepEqual([refused.status, refused.code], [409, "conflict"]);
  const on = (await call("PATCH", `/${id}`, { enabled: true })).as(WebhookView);
  assert.deepEqual([on.enabled, on.disabledReason], [true, null]);
  await outcome(id);
  assert.equal(receiver.at("/gone").length, 2);
});

Deno.test("a 410 of the URL before the present one switches nothing off", async () => {
  const held = Promise.withResolvers<Response>();
  receiver.script("/moved", () => held.promise);
  const { id } = await site.hook(receiver, "/moved", alice);
  await ping(id);
  await until("its try is under way", () => receiver.at("/moved").length === 1);
  await call("PATCH", `/${id}`, { url: `${receiver.url}/moved-to` });
  held.resolve(status(410)());
  assert.equal((await outcome(id)).attempts, 2);
  assert.equal((await call("GET", `/${id}`)).as(WebhookView).enabled, true);
  assert.equal(receiver.at("/moved-to").length, 1);
});

Deno.test("a receiver that has only failed for days is switched off, and begins anew when enabled", async () => {
  receiver.script("/dead", status(500), status(500));
  const { id } = await site.hook(receiver, "/dead", alice);
  const since = Date.now() - 6 * 24 * 3_600_000;
  await withRedis(
    site.redisUrl,
    (redis) => redis.hset(webhookKeys.state(id), "failingSince", since, "failures", 40),
  );
  await ping(id);
  const off = await until("it is switched off", async () => {
    const view = (await call("GET", `/${id}`)).as(WebhookView);
    return !view.enabled && view;
  });
  assert.match(off.disabledReason ?? "", /^nothing could be delivered since .*: answered 500$/);
  assert.deepEqual([off.waiting, off.failingSince], [1, new Date(since).toISOString()]);
  await call("PATCH", `/${id}`, { enabled: true });
  assert.equal((await outcome(id)).attempts, 3);
});

Deno.test("a queue that is full drops the oldest and says so, but for what has run out", async () => {
  receiver.script("/full", status(503, { "retry-after": "3600" }));
  const { id } = await site.hook(receiver, "/full", alice, { events: ["room.created"] });
  const events = Array.from({ length: 1010 }, (_, index): Happening => ({
    id: eventId("room.created", "full-room", index),
    type: "room.created",
    roomId: "full-room",
    owner: "alice",
    at: 1_700_000_000_000 + index,
    data: {
      room: {
        ...{ id: "full-room", title: "F", owner: { id: "alice", name: "A" } },
        createdAt: new Date(0).toISOString(),
      },
    },
  }));
  await withRedis(site.redisUrl, async (redis) => {
    const endpoints = new EndpointStore(redis);
    const publisher = new Publisher({ redis, endpoints, onQueued: () => {} });
    await publisher.publish("full-room", events.slice(0, 1000));
    await hasFailed(id);
    const first = webhookKeys.delivery(deliveryId(eventId("room.created", "full-room", 0), id));
    assert.equal(await redis.del(first), 1);
    await publisher.publish("full-room", events);
    assert.equal(await redis.exists(first), 0);
  });
  const view = (await call("GET", `/${id}`)).as(WebhookView);
  assert.equal(view.dropped, 10);
  const { deliveries: dropped } = await deliveries(id, "?status=dropped&limit=100");
  assert.deepEqual(
    dropped.map(({ eventId }) => eventId).toSorted(),
    events.slice(1, 10).map(({ id }) => id).toSorted(),
  );
  await call("DELETE", `/${id}`);
});

Deno.test("deliveries are listed in pages, the newest first, without repeats", async () => {
  const { id } = await site.hook(receiver, "/pages", alice);
  const sent: string[] = [];
  for (const _ of Array(5)) sent.unshift((await ping(id)).id);
  const seen: string[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const query: string = cursor === "" ? "?limit=2" : `?limit=2&cursor=${cursor}`;
    const page = await deliveries(id, query);
    seen.push(...page.deliveries.map((one) => one.id));
    cursor = page.nextCursor;
  }
  assert.deepEqual(seen, sent);
  assert.equal((await call("GET", `/${id}/deliveries?cursor=x`)).code, "invalid_params");
});

Deno.test("the commands in docs/webhooks.md do what they say", async () => {
  const doc = await readProject("docs/webhooks.md");
  const [make = "", look = ""] = Array.from(
    doc.matchAll(/```sh[^\n]*\n([\s\S]*?)```/g),
    ([, text = ""]) => text.replace("https://example.com", receiver.url),
  );
  const run = async (script: string, env: Record<string, string> = {}) => {
    const { stdout, success } = await new Deno.Command("sh", {
      args: ["-ec", script],
      env: { API: site.url, TOKEN: alice, ...env },
    }).output();
    assert.ok(success, script);
    return new TextDecoder().decode(stdout);
  };
  const made = WebhookWithSecret.parse(JSON.parse(await run(make)));
  assert.deepEqual(made.events, ["room.on_air", "room.stopped"]);
  const said = await run(look, { ID: made.id });
  assert.match(said, /^\{"id":"dlv_.*\}\{"deliveries":\[\{"id":"dlv_/);
  await outcome(made.id);
  const [, secret = ""] = /`(openssl rand[^`]*)`/.exec(doc) ?? [];
  assert.ok(WebhookSecret.safeParse((await run(secret)).trim()).success);
});

Deno.test("webhooks are their owner's and admins', and guests have none", async () => {
  const made = await site.hook(receiver, "/mine", alice, { description: "Mine" });
  const [bob, guest] = await Promise.all([site.token("bob"), site.token("gus", "guest")]);
  const url = `${receiver.url}/x`;
  assert.equal((await call("POST", "", { url }, guest)).code, "forbidden");
  assert.equal((await call("POST", "", { url, scope: "site" })).code, "forbidden");
  assert.equal((await call("GET", "?all=true")).code, "forbidden");
  assert.equal((await site.call("GET", "/api/webhooks")).code, "unauthorized");
  for (
    const [method, path] of [
      ["GET", ""],
      ["PATCH", ""],
      ["DELETE", ""],
      ["POST", "/rotate"],
      ["POST", "/test"],
      ["GET", "/deliveries"],
    ] as const
  ) {
    const body = method === "PATCH" ? { enabled: false } : undefined;
    const answer = await call(method, `/${made.id}${path}`, body, bob);
    assert.deepEqual([answer.status, answer.code], [404, "not_found"], `${method} ${path}`);
  }
  const List = z.object({ webhooks: z.array(WebhookView) });
  const ids = async (query: string, token: string) =>
    (await call("GET", query, undefined, token)).as(List).webhooks.map(({ id }) => id);
  assert.ok((await ids("?limit=100", alice)).includes(made.id));
  assert.deepEqual(await ids("", bob), []);
  assert.ok((await ids("?all=true&limit=100", admin)).includes(made.id));
  const shown = await Promise.all([
    call("GET", "?limit=100"),
    call("GET", `/${made.id}`),
    call("PATCH", `/${made.id}`, { description: "Still mine" }),
  ]);
  for (const { text } of shown) assert.ok(!text.includes("whsec_"));
  assert.ok(!JSON.stringify(site.lines).includes("whsec_"));
  assert.equal((await call("DELETE", `/${made.id}`)).status, 204);
  assert.equal((await call("GET", `/${made.id}`)).code, "not_found");
  const rpc = await site.rpc({ jsonrpc: "2.0", id: 1, method: "webhook.list" }, bob);
  assert.match(rpc.text, /"webhooks":\[\]/);
});

Deno.test("a URL that must not be called is refused when it is given", async () => {
  const strict = await site.another({ ROOMCAST_WEBHOOK_PRIVATE: "false" });
  const post = (url: string) =>
    site.call("POST", "/api/webhooks", { token: alice, body: { url }, at: String(strict.url) });
  for (
    const url of [
      ...["https://127.0.0.1/", "https://[::1]/", "https://10.1.2.3/x", "https://localhost/"],
      ...["http://8.8.8.8/", "https://169.254.169.254/latest", "ftp://example.com/", "nonsense"],
      ...["https://user:secret@example.com/", `https://example.com/${"x".repeat(1000)}`],
    ]
  ) {
    const answer = await post(url);
    assert.deepEqual([answer.status, answer.code], [400, "invalid_params"], url);
    assert.match(answer.detail, /^\/url: /, url);
  }
});

Deno.test("webhooks in the configuration are there, cannot be changed by a call, and go with it", async () => {
  const secret = `whsec_${btoa("x".repeat(32))}`;
  const events = ["room.created", "room.deleted"];
  const configured = [{ url: `${receiver.url}/configured`, secret, events }];
  const env = { ROOMCAST_WEBHOOKS: JSON.stringify(configured) };
  const other = await site.another(env);
  const List = z.object({ webhooks: z.array(WebhookView) });
  const find = async () =>
    (await call("GET", "?all=true&limit=100", undefined, admin)).as(List).webhooks
      .find(({ url }) => url.endsWith("/configured"));
  const hook = await until("it is there", find);
  assert.deepEqual([hook.owner, hook.scope, hook.events], [null, "site", events]);
  for (const [method, path] of [["DELETE", ""], ["POST", "/rotate"]] as const) {
    assert.equal((await call(method, `/${hook.id}${path}`, undefined, admin)).code, "forbidden");
  }
  receiver.script("/configured", status(410), status(503, { "retry-after": "3600" }));
  await site.call("POST", "/api/rooms", { token: alice, body: { id: "conf-room", title: "C" } });
  await until("it is off", async () => (await find())?.enabled === false);
  for (const more of [{ description: "x", enabled: true }, {}]) {
    assert.equal((await call("PATCH", `/${hook.id}`, more, admin)).code, "forbidden");
  }
  assert.equal((await call("PATCH", `/${hook.id}`, { enabled: true })).code, "not_found");
  assert.equal((await call("PATCH", `/${hook.id}`, { enabled: true }, admin)).status, 200);
  await until("it is told", () => receiver.at("/configured").length === 2);
  const [one] = receiver.at("/configured");
  assert.equal(await verify(one?.headers ?? new Headers(), one?.body ?? "", secret), true);
  await until("it has failed", async () => (await find())?.failingSince);
  await other.stop();
  const without = await site.another();
  await until("it is gone", async () => await find() === undefined);
  await without.stop();
  await site.another(env);
  await until("it is back", find);
  // What an earlier version left in the room's line must not hold up what comes after.
  const line = webhookKeys.line(hook.id, "conf-room");
  await withRedis(site.redisUrl, async (redis) => assert.equal(await redis.rpush(line, "x"), 1));
  await site.call("DELETE", "/api/rooms/conf-room", { token: alice });
  await until("it is told again", () => receiver.at("/configured").length === 3);
  const types = ["room.created", "room.created", "room.deleted"];
  assert.deepEqual(typesAt(receiver, "/configured"), types);
});
