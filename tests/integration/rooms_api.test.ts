import assert from "node:assert/strict";
import { SignJWT } from "jose";
import { z } from "zod";
import { roomKey } from "../../src/contracts/keys.ts";
import { RpcResponse } from "../../src/contracts/jsonrpc.ts";
import { ListenLink } from "../../src/contracts/listen_links.ts";
import {
  ROOM_OPERATIONS,
  RoomPage,
  RoomView,
  StreamKeyView,
} from "../../src/contracts/operations.ts";
import { type CallOptions, type RoomsSite, startRoomsSite, until } from "./rooms_support.ts";

let site: RoomsSite;
let alice: string;
let bob: string;
let admin: string;

Deno.test.beforeAll(async () => {
  site = await startRoomsSite();
  [alice, bob, admin] = await Promise.all([
    site.token("alice"),
    site.token("bob"),
    site.token("the-admin", "admin"),
  ]);
});

Deno.test.afterAll(() => site.stop());

const create = (id: string, rest: Record<string, unknown> = {}, token = alice) =>
  site.call("POST", "/api/rooms", { token, body: { id, title: `Room ${id}`, ...rest } });

Deno.test("POST start answers 503 and says why when no node is free", async () => {
  await create("no-nodes");
  const start = () => site.call("POST", "/api/rooms/no-nodes/start", { token: alice });
  const none = await start();
  assert.equal(none.status, 503);
  assert.equal(none.code, "no_capacity");
  assert.match(none.detail, /no Janus node is alive/);
  assert.ok(Number(none.headers.get("retry-after")) > 0);
  await site.putNode("janus", "j1");
  const noMixer = await until(start, ({ detail }) => /no mixer/.test(detail));
  assert.equal(noMixer.status, 503);
  await site.putNode("mixer", "m1", { draining: true });
  await site.putNode("mixer", "m2", { capacity: 3, load: 3 });
  await until(start, ({ detail }) => /2 mixers alive, 1 draining, 1 full/.test(detail));
  await site.putNode("mixer", "m1", { capacity: 1000 });
  await site.dropNode("mixer", "m2");
  const started = await until(start, ({ status }) => status === 200);
  assert.equal(started.as(RoomView).live?.mixerId, "m1");
});

Deno.test("a room is made, found, changed and deleted over REST", async () => {
  const made = await create("first-room", { pin: "s3cret-pin" });
  assert.equal(made.status, 201);
  assert.equal(made.headers.get("location"), "/api/rooms/first-room");
  const view = made.as(RoomView);
  assert.deepEqual([view.hasPin, view.state, view.live], [true, "idle", null]);
  assert.deepEqual(view.owner, { id: "alice", name: "Name of alice" });
  assert.equal(view.links.hls, "/hls/first-room/index.m3u8");

  const got = await site.call("GET", "/api/rooms/first-room");
  assert.equal(got.text, made.text);
  const changed = await site.call("PATCH", "/api/rooms/first-room", {
    token: alice,
    body: { title: "New title", pin: null },
  });
  assert.deepEqual([changed.as(RoomView).title, changed.as(RoomView).hasPin], ["New title", false]);
  assert.equal((await create("first-room")).code, "room_exists");

  const gone = await site.call("DELETE", "/api/rooms/first-room", { token: alice });
  assert.deepEqual([gone.status, gone.text], [204, ""]);
  assert.equal((await site.call("GET", "/api/rooms/first-room")).status, 404);
  assert.equal(
    (await site.call("DELETE", "/api/rooms/first-room", { token: alice })).code,
    "room_not_found",
  );
});

Deno.test("a room without an id gets a random one", async () => {
  const made = await site.call("POST", "/api/rooms", { token: alice, body: { title: "Any" } });
  assert.equal(made.status, 201);
  assert.match(made.as(RoomView).id, /^[a-z2-9]{10}$/);
});

Deno.test("no answer, list or log line shows a PIN or its hash", async () => {
  const texts: string[] = [];
  const keep = (answer: { text: string }) => texts.push(answer.text);
  keep(await create("pin-room", { pin: "Tell-No1" }));
  keep(await site.call("GET", "/api/rooms/pin-room"));
  keep(await site.call("GET", "/api/rooms?limit=100"));
  keep(
    await site.call("PATCH", "/api/rooms/pin-room", { token: alice, body: { pin: "Tell-No2" } }),
  );
  keep(await site.call("PATCH", "/api/rooms/pin-room", { token: alice, body: { pin: "x" } }));
  keep(await site.rpc({ jsonrpc: "2.0", id: 1, method: "room.get", params: { id: "pin-room" } }));
  const stored = await site.client.get(roomKey("pin-room", "meta")).string();
  assert.match(stored ?? "", /\$scrypt\$/);
  const all = [...texts, JSON.stringify(site.lines), stored].join("\n");
  assert.ok(!all.includes("Tell-No"));
  assert.ok(![...texts, JSON.stringify(site.lines)].join("\n").includes("scrypt"));
});

Deno.test("only the owner and an admin may change, start, stop and delete a room", async () => {
  await create("alices");
  for (
    const [method, path] of [
      ["PATCH", "/api/rooms/alices"],
      ["DELETE", "/api/rooms/alices"],
      ["POST", "/api/rooms/alices/start"],
      ["POST", "/api/rooms/alices/stop"],
    ] as const
  ) {
    const body = method === "PATCH" ? { body: { title: "Mine now" } } : {};
    const nobody = await site.call(method, path, body);
    assert.deepEqual([nobody.status, nobody.code], [401, "unauthorized"]);
    const other = await site.call(method, path, { token: bob, ...body });
    assert.deepEqual([other.status, other.code], [403, "forbidden"]);
  }
  assert.equal((await site.call("POST", "/api/rooms/alices/start", { token: admin })).status, 200);
  assert.equal((await site.call("DELETE", "/api/rooms/alices", { token: admin })).status, 204);
  assert.equal(await site.client.get(roomKey("alices", "livemeta")).string(), null);
});

Deno.test("a token that does not pass is 401 even where none is needed", async () => {
  const expired = await site.token("alice", "user", "-1m");
  const foreign = await new SignJWT({ name: "Eve", role: "admin" })
    .setProtectedHeader({ alg: "HS256" }).setSubject("alice").setExpirationTime("5m")
    .sign(new TextEncoder().encode("a guess that is long enough to sign"));
  const none = `${btoa('{"alg":"none"}')}.${btoa('{"sub":"alice"}')}.`.replaceAll("=", "");
  assert.equal(
    (await site.call("GET", "/api/rooms", { token: expired })).code,
    "token_expired",
  );
  for (const token of [foreign, none, "rubbish", `${alice}x`]) {
    const answer = await site.call("GET", "/api/rooms", { token });
    assert.deepEqual([answer.status, answer.code], [401, "unauthorized"]);
    const rpc = await site.rpc({ jsonrpc: "2.0", id: 1, method: "room.list" }, token);
    assert.equal(rpc.as(RpcResponse).error?.data?.code, "unauthorized");
  }
});

Deno.test("bad input is refused in words, never with a 5xx", async () => {
  const post = (raw: string, headers = {}) =>
    site.call("POST", "/api/rooms", { token: alice, raw, headers });
  const code = async (answer: ReturnType<typeof post>) => {
    const { status, code, headers } = await answer;
    assert.equal(headers.get("content-type"), "application/problem+json");
    return [status, code];
  };
  assert.deepEqual(await code(post("{")), [400, "parse_error"]);
  assert.deepEqual(await code(post("[1]")), [400, "invalid_params"]);
  assert.deepEqual(await code(post('{"title":5}')), [400, "invalid_params"]);
  assert.deepEqual(await code(post('{"title":"a","constructor":1}')), [400, "invalid_params"]);
  assert.deepEqual(await code(post('{"title":"a","owner":"b"}')), [400, "invalid_params"]);
  assert.deepEqual(await code(post('{"title":"a","id":"../x"}')), [400, "invalid_params"]);
  assert.deepEqual(await code(post('{"title":"a","pin":1234}')), [400, "invalid_params"]);
  assert.deepEqual(await code(post(`{"title":"${"a".repeat(70_000)}"}`)), [
    413,
    "payload_too_large",
  ]);
  assert.deepEqual(await code(post("title=a", { "content-type": "text/plain" })), [
    415,
    "unsupported_media_type",
  ]);
  for (const id of ["..%2fx", "%2e%2e%2f%2e%2e", "%ff", "A", "x".repeat(65), "a%00b", "%E0%A4"]) {
    const get = await site.call("GET", `/api/rooms/${id}`);
    assert.ok([400, 404].includes(get.status), `${id} gave ${get.status}`);
  }
  assert.deepEqual(await code(site.call("GET", "/api/rooms?limit=0")), [400, "invalid_params"]);
  assert.deepEqual(await code(site.call("GET", "/api/rooms?cursor=%25")), [400, "invalid_params"]);
  assert.deepEqual(await code(site.call("GET", "/api/rooms?colour=red")), [400, "invalid_params"]);
  const put = await site.call("PUT", "/api/rooms/abc");
  assert.deepEqual([put.status, put.headers.get("allow")], [405, "GET, PATCH, DELETE"]);
  const clash = await site.call("PATCH", "/api/rooms/abc", { token: alice, body: { id: "xyz" } });
  assert.equal(clash.status, 400);
});

Deno.test("POST /rpc runs the same operations, one by one and in a batch", async () => {
  const call = (id: number, method: string, params: unknown) => ({
    jsonrpc: "2.0",
    id,
    method,
    params,
  });
  const answer = await site.rpc([
    call(1, "room.create", { id: "by-rpc", title: "By RPC" }),
    call(2, "room.start", { id: "by-rpc" }),
    { jsonrpc: "2.0", method: "room.stop", params: { id: "by-rpc" } },
    call(3, "room.get", { id: "by-rpc" }),
    call(4, "room.list", { live: true, limit: 1 }),
    call(5, "room.fly", {}),
    call(6, "room.get", { id: "../meta" }),
    call(7, "room.delete", { id: "by-rpc" }),
  ], alice);
  const responses = answer.as(RpcResponse.array());
  assert.deepEqual(responses.map(({ id }) => id), [1, 2, 3, 4, 5, 6, 7]);
  const [created, started, got, listed, flown, bad, deleted] = responses;
  assert.equal(RoomView.parse(created?.result).id, "by-rpc");
  assert.equal(RoomView.parse(started?.result).live?.epoch, 1);
  assert.equal(RoomView.parse(got?.result).live, null);
  RoomPage.parse(listed?.result);
  assert.deepEqual([flown?.error?.code, bad?.error?.code], [-32601, -32602]);
  assert.equal(deleted?.result, null);
});

Deno.test("POST /rpc answers with one error to what it cannot use", async () => {
  const batch = await site.rpc(Array(10_000).fill({}));
  assert.deepEqual([batch.status, batch.as(RpcResponse).error?.code], [400, -32600]);
  const huge = await site.rpc(Array(10_000).fill({ jsonrpc: "2.0", id: 1, method: "room.list" }));
  assert.deepEqual([huge.status, huge.as(RpcResponse).error?.data?.code], [
    413,
    "payload_too_large",
  ]);
  const broken = await site.call("POST", "/rpc", { raw: '{"jsonrpc"' });
  assert.deepEqual([broken.status, broken.as(RpcResponse).error?.code], [400, -32700]);
  const silent = await site.rpc({ jsonrpc: "2.0", method: "room.list" });
  assert.deepEqual([silent.status, silent.text], [204, ""]);
  const proto = await site.rpc({ jsonrpc: "2.0", id: 1, method: "constructor" });
  assert.equal(proto.as(RpcResponse).error?.code, -32601);
});

Deno.test("GET /api/rooms pages through all rooms once, the live ones first", async () => {
  const carol = await site.token("carol");
  for (let i = 0; i < 7; i++) await create(`carol-${i}`, {}, carol);
  await site.call("POST", "/api/rooms/carol-2/start", { token: carol });
  const seen: string[] = [];
  let cursor: string | null = "";
  for (let page = 0; cursor !== null; page++) {
    const query: string = cursor === "" ? "" : `&cursor=${cursor}`;
    const answer = await site.call("GET", `/api/rooms?owner=carol&limit=3${query}`);
    const { rooms, nextCursor } = answer.as(RoomPage);
    seen.push(...rooms.map((room) => room.id));
    cursor = nextCursor;
    if (page === 0) await create("carol-late", {}, carol);
  }
  assert.equal(seen[0], "carol-2");
  assert.deepEqual(seen.slice(1), [
    "carol-6",
    "carol-5",
    "carol-4",
    "carol-3",
    "carol-1",
    "carol-0",
  ]);
  const live = await site.call("GET", "/api/rooms?owner=carol&live=true");
  assert.deepEqual(live.as(RoomPage).rooms.map((room) => room.id), ["carol-2"]);
  const idle = await site.call("GET", "/api/rooms?owner=carol&live=false&limit=100");
  assert.equal(idle.as(RoomPage).rooms.length, 7);
});

Deno.test("stream keys are made, listed and revoked by the owner, and shown once", async () => {
  await create("keyed");
  const path = "/api/rooms/keyed/stream-keys";
  const ask = (method: string, rest: CallOptions = {}, at = path) =>
    site.call(method, at, { token: alice, ...rest });
  const created = await ask("POST", { body: { name: "OBS" } });
  assert.equal(created.status, 201);
  const key = created.as(ROOM_OPERATIONS["streamKey.create"].result);
  assert.equal(created.headers.get("location"), `${path}/${key.id}`);
  assert.match(key.key, /^rsk_[a-z0-9]{8}_[a-z0-9]{32}$/);
  assert.equal((await ask("POST", { body: {} })).as(StreamKeyView).name, "Stream");

  const List = ROOM_OPERATIONS["streamKey.list"].result;
  const listed = await ask("GET");
  assert.deepEqual(listed.as(List).keys.map(({ name }) => name), ["OBS", "Stream"]);
  const secret = key.key.split("_")[2] ?? "";
  const room = await site.call("GET", "/api/rooms/keyed");
  const stored = await site.client.get("/rooms/keyed/meta").string() ?? "";
  for (const text of [listed.text, room.text, stored, JSON.stringify(site.lines)]) {
    assert.equal(text.includes(secret), false, "the key itself is nowhere");
  }
  for (const method of ["GET", "POST"]) {
    assert.equal((await ask(method, { token: bob })).code, "forbidden");
    assert.equal((await site.call(method, path)).code, "unauthorized");
  }
  assert.equal((await ask("DELETE", { token: bob }, `${path}/${key.id}`)).code, "forbidden");
  assert.equal((await ask("DELETE", {}, `${path}/${key.id}`)).status, 204);
  assert.equal((await ask("DELETE", {}, `${path}/${key.id}`)).code, "not_found");
  assert.deepEqual((await ask("GET")).as(List).keys.map(({ name }) => name), ["Stream"]);
  for (let i = 1; i < 20; i++) assert.equal((await ask("POST", { body: {} })).status, 201);
  assert.equal((await ask("POST", { body: {} })).code, "too_many_keys");
});

Deno.test("the API is described for programs and for people", async () => {
  const document = (await site.call("GET", "/api/openapi.json")).as(z.object({
    openapi: z.literal("3.1.0"),
    paths: z.record(
      z.string(),
      z.record(z.string(), z.object({ operationId: z.string() })),
    ),
  }));
  assert.ok(document.paths["/api/rooms/{id}/start"]?.["post"]);
  assert.ok(document.paths["/api/auth/login"]?.["post"]);
  const page = await site.call("GET", "/api/docs");
  assert.match(page.headers.get("content-security-policy") ?? "", /default-src 'none'/);
  assert.ok(!/<script|style=|https?:\/\//.test(page.text));
  const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
  for (const { operationId } of operations) assert.ok(page.text.includes(`id="${operationId}"`));
});

Deno.test("who changes rooms on and on is told to wait, over REST and JSON-RPC, and nobody else is", async () => {
  const greedy = await site.token("greedy");
  const change = (token: string) =>
    site.call("PATCH", "/api/rooms/not-there", { token, body: { title: "x" } });
  const many = await Promise.all(Array.from({ length: 300 }, () => change(greedy)));
  assert.deepEqual([...new Set(many.map(({ status }) => status))].sort(), [404, 429]);
  const answer = many.find(({ status }) => status === 429) ?? assert.fail();
  assert.equal(answer.code, "too_many_requests");
  assert.equal(answer.headers.get("content-type"), "application/problem+json");
  assert.ok(Number(answer.headers.get("retry-after")) >= 1);
  const call = { jsonrpc: "2.0", id: 1, method: "room.delete", params: { id: "not-there" } };
  const calls = await Promise.all(Array.from({ length: 100 }, () => site.rpc(call, greedy)));
  const codes = calls.map((each) => each.as(RpcResponse).error?.data?.code);
  assert.ok(codes.includes("too_many_requests"), codes.join());
  assert.equal((await change(bob)).status, 404);
  assert.equal((await site.call("GET", "/api/rooms", { token: greedy })).status, 200);
});

Deno.test("a room's owner, or an admin, gets links to listen by, over REST and JSON-RPC; nobody else does", async () => {
  await create("by-link", { access: "signed" });
  const link = (token: string | undefined, body: unknown = {}) =>
    site.call("POST", "/api/rooms/by-link/links", {
      body,
      ...(token === undefined ? {} : { token }),
    });
  const made = await until(() => link(alice, { ttlS: 60 }), ({ status }) => status !== 503);
  const { hls, listen, classic, expiresAt } = made.as(ListenLink);
  const [, ticket = ""] = /^\/hls\/by-link\/(~\d+\.[a-z0-9]+\.[\w-]+)\/index\.m3u8$/.exec(hls) ??
    [];
  assert.equal(listen, `/listen/by-link#${ticket}`);
  assert.equal(classic, `/hls/by-link/${ticket}/ts/index.m3u8`);
  const leftMs = Date.parse(expiresAt) - Date.now();
  assert.ok(leftMs > 55_000 && leftMs <= 62_000, `${leftMs}`);
  assert.equal((await link(admin)).status, 200);
  assert.equal((await link(bob)).code, "forbidden");
  assert.equal((await link(undefined)).code, "unauthorized");
  assert.equal((await link(alice, { ttlS: 1 })).code, "invalid_params");
  const call = { jsonrpc: "2.0", id: 1, method: "room.link", params: { id: "by-link" } };
  const { result } = (await site.rpc(call, alice)).as(RpcResponse);
  assert.match(ListenLink.parse(result).hls, /~/);
  const view = (await site.call("GET", "/api/rooms/by-link")).as(RoomView);
  assert.equal(view.access, "signed");
  assert.doesNotMatch(JSON.stringify(view), /~/);
  const opened = await site.call("PATCH", "/api/rooms/by-link", {
    token: alice,
    body: { access: "open" },
  });
  assert.equal(opened.as(RoomView).access, "open");
});
