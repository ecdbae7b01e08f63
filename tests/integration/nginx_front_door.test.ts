import assert from "node:assert/strict";
import { freePort } from "../../deploy/local/ports.ts";
import { frontDoor, upstream } from "./nginx_rig.ts";

Deno.test("the front door gives each path to who serves it, and says plainly when nobody does", async (t) => {
  const released = Promise.withResolvers<void>();
  await using rooms = upstream("rooms");
  await using users = upstream("users");
  await using gateway = upstream("gateway", (request) => {
    if (request.headers.get("upgrade") !== "websocket") return null;
    const { socket, response } = Deno.upgradeWebSocket(request, { protocol: "roomcast.v1" });
    socket.onmessage = ({ data }) => socket.send(data);
    return response;
  });
  await using edge = upstream("edge", (request) => {
    if (!request.url.includes("_HLS_msn")) return null;
    const body = new ReadableStream({
      async start(controller) {
        controller.enqueue(new TextEncoder().encode("first,"));
        await released.promise;
        controller.enqueue(new TextEncoder().encode("second"));
        controller.close();
      },
    });
    return new Response(body, { headers: { "access-control-allow-origin": "https://mine" } });
  });
  const dead = () => `127.0.0.1:${freePort()}`;
  await using door = await frontDoor({
    rooms: rooms.host,
    users: users.host,
    gateways: [dead(), gateway.host],
    edges: [dead(), edge.host],
  });
  await using gone = await frontDoor({
    rooms: dead(),
    users: dead(),
    gateways: [dead()],
    edges: [dead()],
  });
  const get = (path: string, init: RequestInit = {}) => fetch(`${door.url}${path}`, init);

  await t.step("what roles tell of themselves is not for the public", async () => {
    for (const path of ["/metrics", "/readyz", "/livez", "/streams", "/api/../metrics"]) {
      const response = await get(path);
      assert.equal(response.status, 404, path);
      assert.match(await response.text(), /<title>page/);
    }
  });

  await t.step("pages are index.html, never cached, with security headers", async () => {
    for (const path of ["/", "/studio/my-room", "/listen/my-room"]) {
      const response = await get(path);
      assert.equal(response.status, 200, path);
      assert.match(await response.text(), /<title>page/);
      assert.equal(response.headers.get("cache-control"), "no-cache");
      assert.match(response.headers.get("content-security-policy") ?? "", /default-src 'none'/);
      assert.equal(response.headers.get("x-content-type-options"), "nosniff");
    }
    const unknown = await get("/nothing/here");
    assert.equal(unknown.status, 404);
    await unknown.body?.cancel();
  });

  await t.step("files with a hash in their name are kept for good, and packed", async () => {
    const response = await get("/assets/app-abc123.js");
    assert.match(response.headers.get("cache-control") ?? "", /immutable/);
    assert.match(response.headers.get("content-type") ?? "", /javascript/);
    assert.equal(response.headers.get("vary"), "Accept-Encoding");
    await response.body?.cancel();
    const missing = await get("/assets/app-old.js");
    assert.equal(missing.status, 404);
    assert.equal(missing.headers.get("cache-control"), null);
    await missing.body?.cancel();
  });

  await t.step(
    "API paths reach rooms, users and gateways, with the caller's address last",
    async () => {
      const headers = { "x-forwarded-for": "6.6.6.6" };
      const reached = async (path: string) => await (await get(path, { headers })).json();
      for (
        const [path, name] of [
          ["/api/rooms", "rooms"],
          ["/rpc", "rooms"],
          ["/api/auth/login", "users"],
          ["/.well-known/jwks.json", "users"],
          ["/whip/room", "gateway"],
          ["/whip/room/session", "gateway"],
        ] as const
      ) {
        assert.deepEqual(await reached(path), { name, path, forwardedFor: "6.6.6.6, 127.0.0.1" });
      }
    },
  );

  await t.step("a body over 128 KiB is a 413 problem", async () => {
    const response = await get("/api/rooms", { method: "POST", body: "x".repeat(129 * 1024) });
    assert.equal(response.status, 413);
    assert.equal(response.headers.get("content-type"), "application/problem+json");
    assert.equal((await response.json()).code, "payload_too_large");
  });

  await t.step("what is away is a 503 problem with Retry-After, at every path", async () => {
    for (
      const path of ["/api/rooms", "/api/auth/me", "/ws", "/whip/r", "/hls/r/live.m3u8", "/rpc"]
    ) {
      const response = await fetch(`${gone.url}${path}`);
      assert.equal(response.status, 503, path);
      assert.equal(response.headers.get("content-type"), "application/problem+json");
      assert.equal(response.headers.get("retry-after"), "2");
      assert.equal((await response.json()).code, "unavailable");
    }
  });

  await t.step("HLS is for every origin, once, and a dead edge is passed over", async () => {
    for (let i = 0; i < 4; i++) {
      const response = await get("/hls/r/index.m3u8", { headers: { origin: "https://any" } });
      assert.equal((await response.json()).name, "edge");
      assert.equal(response.headers.get("access-control-allow-origin"), "*");
    }
    const preflight = await get("/hls/r/index.m3u8", { method: "OPTIONS" });
    assert.equal(preflight.status, 204);
    assert.match(preflight.headers.get("access-control-allow-methods") ?? "", /GET/);
  });

  await t.step("the first byte of a blocking answer does not wait for its last", async () => {
    const response = await get("/hls/r/live.m3u8?_HLS_msn=1&token=hunter2");
    assert.equal(response.headers.get("access-control-allow-origin"), "*");
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    assert.equal((await reader?.read())?.value, "first,");
    released.resolve();
    assert.equal((await reader?.read())?.value, "second");
    assert.equal((await reader?.read())?.done, true);
  });

  await t.step("sockets reach a gateway that lives", async () => {
    const socket = new WebSocket(`${door.url.replace("http", "ws")}/ws`, "roomcast.v1");
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    socket.onopen = () => socket.send("hello");
    socket.onmessage = ({ data }) => resolve(String(data));
    socket.onerror = () => reject(new Error("the socket failed"));
    assert.equal(await promise, "hello");
    assert.equal(socket.protocol, "roomcast.v1");
    const closed = new Promise((resolve) => socket.onclose = resolve);
    socket.close();
    await closed;
  });

  await t.step("no log holds what a query held", async () => {
    await (await fetch(`${gone.url}/api/rooms?token=hunter2`)).body?.cancel();
    assert.match(await gone.logs(), /"path":"\/api\/rooms"/);
    assert.doesNotMatch(await door.logs() + await gone.logs(), /hunter2/);
  });
});
