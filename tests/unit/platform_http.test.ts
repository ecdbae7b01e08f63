import assert from "node:assert/strict";
import { serveHttp } from "../../src/platform/http.ts";

Deno.test("serveHttp() answers 400 when the Host header makes no URL, and asks nobody", async () => {
  const asked: string[] = [];
  const server = serveHttp({ hostname: "127.0.0.1", port: 0 }, (request) => {
    asked.push(new URL(request.url).pathname);
    return new Response("here");
  });
  const ask = async (host: string) => {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
    const request = `GET /hls/tea/live.m3u8 HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
    await connection.write(new TextEncoder().encode(request));
    return await new Response(connection.readable).text();
  };
  assert.match(await ask("a<b"), /^HTTP\/1\.1 400 .*invalid_request/s);
  assert.match(await ask("tea.example"), /^HTTP\/1\.1 200 /);
  assert.deepEqual(asked, ["/hls/tea/live.m3u8"]);
  await server.stop();
});

Deno.test("serveHttp() stops though a request never ends", async () => {
  const came = Promise.withResolvers<void>();
  const server = serveHttp({ hostname: "127.0.0.1", port: 0 }, () => {
    came.resolve();
    return new Promise(() => {});
  });
  const gone = new AbortController();
  const asked = fetch(`http://127.0.0.1:${server.port}/`, { signal: gone.signal });
  await came.promise;
  await server.stop();
  gone.abort();
  await assert.rejects(asked, { name: "AbortError" });
});
