import assert from "node:assert/strict";
import { freePort } from "../../deploy/local/ports.ts";
import { docBlocks, runShell } from "../support/doc_blocks.ts";
import { tempDir } from "../support/temp_dir.ts";
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
      assertPageHeaders(response.headers);
      assert.equal(response.headers.get("strict-transport-security"), null);
    }
    const unknown = await get("/nothing/here");
    assert.equal(unknown.status, 404);
    assertPageHeaders(unknown.headers);
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

  await t.step(
    "HLS goes to an edge with its link's proof, and a dead edge is passed over",
    async () => {
      for (let i = 0; i < 4; i++) {
        for (const path of ["index.m3u8", "~1.key1.proof/index.m3u8", "~1.key1.proof/live/1.m4s"]) {
          const answer = await (await get(`/hls/r/${path}`, { method: "GET" })).json();
          assert.deepEqual([answer.name, answer.path], ["edge", `/hls/r/${path}`]);
        }
      }
    },
  );

  await t.step("a connection that asks for more than a player does is told to wait", async () => {
    using client = Deno.createHttpClient({ poolMaxIdlePerHost: 1 });
    const answers = [];
    for (let i = 0; i < 400 && answers.at(-1)?.status !== 429; i++) {
      const response = await fetch(`${door.url}/hls/r/ts/index.m3u8`, { client });
      answers.push({ status: response.status, headers: response.headers });
      const body = await response.json();
      if (response.status === 429) assert.equal(body.code, "too_many_requests");
    }
    const last = answers.at(-1);
    assert.equal(last?.status, 429);
    assert.equal(last?.headers.get("retry-after"), "1");
    assert.equal(last?.headers.get("content-type"), "application/problem+json");
    assert.ok(answers.length > 200, `after ${answers.length}`);
    // A load balancer has many listeners on one connection.
    const headers = { "x-forwarded-for": "203.0.113.7" };
    const balanced = await fetch(`${door.url}/hls/r/ts/index.m3u8`, { client, headers });
    assert.equal(balanced.status, 200);
    await balanced.body?.cancel();
    // Who else is there, at the same address, is not to suffer for it.
    using other = Deno.createHttpClient({ poolMaxIdlePerHost: 1 });
    const spared = await fetch(`${door.url}/hls/r/ts/index.m3u8`, { client: other });
    assert.equal(spared.status, 200);
    await spared.body?.cancel();
  });

  await t.step("the first byte of a blocking answer does not wait for its last", async () => {
    const response = await get("/hls/r/live.m3u8?_HLS_msn=1&token=hunter2");
    assert.equal(response.headers.get("access-control-allow-origin"), "https://mine");
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

  await t.step("no log holds what a query held, or a signed link's proof", async () => {
    await (await fetch(`${gone.url}/api/rooms?token=hunter2`)).body?.cancel();
    await (await fetch(`${gone.url}/hls/room/~1.key1.hunter2/index.m3u8`)).body?.cancel();
    assert.match(await gone.logs(), /"path":"\/hls\/room\/~\/index.m3u8"/);
    assert.match(await gone.logs(), /"path":"\/api\/rooms"/);
    assert.doesNotMatch(await door.logs() + await gone.logs(), /hunter2/);
  });
});

Deno.test("the front door speaks TLS as docs/security.md sets it up, and then says that it always will", async () => {
  await using dir = await tempDir();
  await runShell(await docBlocks("docs/security.md", "Make the certificates", "sh"), dir.path);
  const [port, plain] = [freePort(), freePort()];
  const conf = (await docBlocks("docs/security.md", "TLS at the front door", "nginx"))
    .replaceAll("/etc/roomcast/tls", dir.path).replace("8443", `127.0.0.1:${port}`);
  await using rooms = upstream("rooms");
  const hosts = {
    rooms: rooms.host,
    users: rooms.host,
    gateways: [rooms.host],
    edges: [rooms.host],
  };
  await using door = await frontDoor(hosts, { port: plain, serverFiles: { "tls.conf": conf } });
  const ca = await Deno.readTextFile(`${dir.path}/ca.pem`);
  using client = Deno.createHttpClient({ caCerts: [ca], http2: true });
  for (const path of ["/", "/api/rooms", "/hls/r/index.m3u8"]) {
    const response = await fetch(`https://localhost:${port}${path}`, { client });
    assert.equal(response.status, 200, path);
    assert.equal(response.headers.get("strict-transport-security"), "max-age=31536000", path);
    assert.equal(response.headers.get("x-content-type-options"), "nosniff", path);
    await response.body?.cancel();
  }
  const response = await fetch(door.url);
  assert.equal(response.headers.get("strict-transport-security"), null);
  await response.body?.cancel();
});

function assertPageHeaders(headers: Headers): void {
  const policy = headers.get("content-security-policy") ?? "";
  assert.match(policy, /default-src 'none'/);
  assert.match(policy, /frame-ancestors 'none'/);
  assert.match(policy, /media-src 'self' blob:/);
  assert.doesNotMatch(policy, /unsafe|\*|https?:/);
  assert.equal(headers.get("x-content-type-options"), "nosniff");
  assert.equal(headers.get("referrer-policy"), "same-origin");
  assert.equal(headers.get("cross-origin-opener-policy"), "same-origin");
  assert.match(headers.get("permissions-policy") ?? "", /microphone=\(self\)/);
}
