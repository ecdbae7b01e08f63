import assert from "node:assert/strict";
import { Sender, type SenderOptions } from "../../src/control/webhooks/send.ts";
import { tempDir } from "../support/temp_dir.ts";

const sender = (rest: Partial<SenderOptions> = {}) =>
  new Sender({ allowPrivate: true, timeoutMs: 2000, ...rest });

/** A server that answers as told, for the scope of a test. */
function serve(answer: (request: Request) => Response | Promise<Response>, tls = {}) {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {}, ...tls }, answer);
  return {
    port: server.addr.port,
    url: `http://127.0.0.1:${server.addr.port}/hook`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** A server that answers bytes, and then neither closes nor says more. */
function serveBytes(bytes: string) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open: Deno.Conn[] = [];
  const accepting = (async () => {
    for await (const connection of listener) {
      open.push(connection);
      await connection.read(new Uint8Array(4096));
      await connection.write(new TextEncoder().encode(bytes));
    }
  })();
  return {
    url: `http://127.0.0.1:${listener.addr.port}/`,
    [Symbol.asyncDispose]: async () => {
      listener.close();
      for (const connection of open) connection.close();
      await accepting;
    },
  };
}

Deno.test("post() says what was answered when it was taken", async () => {
  await using server = serve(async (request) =>
    new Response(`${request.method} ${request.headers.get("x-one")} ${await request.text()}`)
  );
  const answer = await sender().post(server.url, { "x-one": "1" }, '{"ü":1}');
  assert.deepEqual([answer.status, answer.error], [200, null]);
  assert.equal(answer.response, 'POST 1 {"ü":1}');
});

Deno.test("post() connects to the address it has checked, under the host's name", async () => {
  const asked: string[] = [];
  const addresses = [["203.0.113.9", "127.0.0.1"], ["169.254.169.254"]];
  const resolve = (host: string) => {
    asked.push(host);
    return Promise.resolve(addresses.shift() ?? []);
  };
  await using server = serve((request) => new Response(request.headers.get("host")));
  const url = `http://hooks.example:${server.port}/`;
  const first = await sender({ resolve }).post(url, {}, "");
  assert.deepEqual([first.status, first.response], [200, `hooks.example:${server.port}`]);
  assert.deepEqual(asked, ["hooks.example"]);
  const second = await sender({ resolve }).post(url, {}, "");
  assert.equal(second.error, "the host's address is not one that webhooks may be sent to");
});

Deno.test("post() calls no private address, and no public one over plain HTTP, unless it may", async () => {
  let calls = 0;
  await using server = serve(() => {
    calls += 1;
    return new Response();
  });
  const strict = sender({ allowPrivate: false, resolve: () => Promise.resolve(["127.0.0.1"]) });
  for (
    const host of ["127.0.0.1", "localhost.example", "0x7f.1", "2130706433", "[::ffff:127.0.0.1]"]
  ) {
    const answer = await strict.post(`http://${host}:${server.port}/`, {}, "");
    assert.match(answer.error ?? "", /not one that webhooks may be sent to/, host);
  }
  const open = sender({ resolve: () => Promise.resolve(["8.8.8.8"]) });
  const plain = await open.post("http://hooks.example/", {}, "");
  assert.equal(plain.error, "only https goes to the public internet");
  for (const host of ["169.254.169.254", "0.0.0.0", "[fe80::1]"]) {
    const answer = await sender().post(`http://${host}/`, {}, "");
    assert.match(answer.error ?? "", /not one that webhooks may be sent to/, host);
  }
  assert.equal(calls, 0);
});

Deno.test("post() follows no redirect", async () => {
  let followed = false;
  await using target = serve(() => {
    followed = true;
    return new Response();
  });
  await using server = serve(() => Response.redirect(target.url, 307));
  const answer = await sender().post(server.url, {}, "");
  assert.deepEqual([answer.status, answer.error], [
    307,
    "answered 307: redirects are not followed",
  ]);
  assert.equal(followed, false);
});

Deno.test("post() ends in time when nothing, half a head, or a body without end is answered", async () => {
  const quick = sender({ timeoutMs: 300 });
  for (const bytes of ["", "HTTP/1.1 200 OK\r\nx-slow: "]) {
    await using server = serveBytes(bytes);
    const answer = await quick.post(server.url, {}, "");
    assert.deepEqual([answer.status, answer.error], [null, "no answer within 300 ms"]);
  }
  await using dripping = serveBytes("HTTP/1.1 200 OK\r\ncontent-length: 99999\r\n\r\nbegin");
  const taken = await quick.post(dripping.url, {}, "");
  assert.deepEqual([taken.status, taken.error, taken.response], [200, null, "begin"]);
  await using huge = serve(() => new Response("x".repeat(10_000_000)));
  const cut = await quick.post(huge.url, {}, "");
  assert.deepEqual([cut.status, cut.response?.length], [200, 512]);
});

Deno.test("post() says in words what went wrong", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const refused = await sender().post(`http://127.0.0.1:${port}/?token=s3cret`, {}, "");
  assert.equal(refused.error, "the connection was refused");
  const unknown = await sender().post("https://nobody.invalid/?token=s3cret", {}, "");
  assert.match(unknown.error ?? "", /^the host's name/);
  await using busy = serve(() =>
    new Response("later\r\n\x1b[31m", { status: 503, headers: { "retry-after": "120" } })
  );
  const later = await sender().post(busy.url, {}, "");
  assert.deepEqual([later.status, later.error, later.retryAfterS, later.response], [
    503,
    "answered 503",
    120,
    "later [31m",
  ]);
});

Deno.test("post() asks for a certificate of the host's name when it goes by https", async () => {
  await using dir = await tempDir();
  const [cert, key] = [`${dir.path}/cert.pem`, `${dir.path}/key.pem`];
  const made = await new Deno.Command("openssl", {
    args: [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
      ...["-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=hooks.example"],
      ...["-addext", "subjectAltName=DNS:hooks.example,IP:127.0.0.1"],
    ],
    stderr: "null",
  }).output();
  assert.ok(made.success);
  const [ca, pem] = await Promise.all([Deno.readTextFile(cert), Deno.readTextFile(key)]);
  await using server = serve(() => new Response("hello"), { cert: ca, key: pem });
  const resolve = () => Promise.resolve(["127.0.0.1"]);
  const post = (host: string, rest: Partial<SenderOptions>) =>
    sender({ resolve, ...rest }).post(`https://${host}:${server.port}/`, {}, "");
  assert.equal((await post("hooks.example", { ca })).response, "hello");
  assert.equal((await post("127.0.0.1", { ca })).response, "hello");
  assert.match((await post("other.example", { ca })).error ?? "", /certificate/);
  assert.match((await post("hooks.example", {})).error ?? "", /certificate/);
});
