import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { roomKey } from "../../src/contracts/keys.ts";
import { LiveWatcher } from "../support/hls/live_watcher.ts";
import { edgeOf } from "../support/hls/media_playlist.ts";
import { parseMediaPlaylist } from "../support/hls/parse_media_playlist.ts";
import { until } from "../support/until.ts";
import { CountingOrigin } from "./edge_origin.ts";
import { MixerRig } from "./mixer_rig.ts";

/** An answer, read to its end. */
async function get(url: string, init: RequestInit = {}) {
  const response = await fetch(url, init);
  const { status, headers } = response;
  return { status, headers, body: await response.text() };
}

/** The status and code of a problem. */
function problem({ status, body }: { status: number; body: string }): unknown[] {
  return [status, JSON.parse(body).code];
}

/** The bytes of an answer as they are on the wire: fetch would unzip them. */
async function raw(url: string, encoding: string): Promise<{ head: string; body: Uint8Array }> {
  const { hostname, port, pathname } = new URL(url);
  const connection = await Deno.connect({ hostname, port: Number(port) });
  const request = `GET ${pathname} HTTP/1.1\r\nhost: x\r\naccept-encoding: ${encoding}\r\n` +
    "connection: close\r\n\r\n";
  await connection.write(new TextEncoder().encode(request));
  const bytes = new Uint8Array(await new Response(connection.readable).arrayBuffer());
  const end = new TextDecoder("latin1").decode(bytes).indexOf("\r\n\r\n");
  return {
    head: new TextDecoder().decode(bytes.slice(0, end)).toLowerCase(),
    body: bytes.slice(end + 4),
  };
}

Deno.test("edges", async (t) => {
  await using rig = await MixerRig.start();
  const origin = rig.add(new CountingOrigin(rig));
  const [first, second] = [await rig.edge(), await rig.edge()];
  const live = await origin.start("room");
  const base = `${first.url}/hls/room`;

  await t.step("serve any room, each of them, by every rule", async () => {
    const urls = await Promise.all([first, second].map((edge) => rig.served(edge, "room")));
    const watchers = urls.map((url) => rig.add(new LiveWatcher(url)));
    for (const watcher of watchers) watcher.start();
    await Promise.all(watchers.map((watcher) => watcher.more(10)));
    for (const watcher of watchers) {
      const { brokenRules, failedRequests, stalls } = await watcher.stop();
      assert.deepEqual([...brokenRules, ...failedRequests], []);
      assert.equal(stalls, 0);
    }
  });

  await t.step("fetch once what 200 listeners wait for", async () => {
    await origin.start("crowd");
    const url = await rig.served(first, "crowd");
    const { body } = await get(url);
    const playlist = parseMediaPlaylist(body);
    const { msn, part } = edgeOf(playlist);
    const query = (i: number) =>
      i % 2 ? `_HLS_msn=${msn}&_HLS_part=${part}` : `x=${i}&_HLS_part=${part}&_HLS_msn=${msn}`;
    const waiting = Array.from({ length: 200 }, (_, i) => [
      get(`${url}?${query(i)}`),
      get(new URL(playlist.preloadHint ?? "", url).href),
    ]).flat();
    const answers = await Promise.all(waiting);
    assert.ok(answers.every(({ status }) => status === 200));
    assert.equal(new Set(answers.map(({ body }) => body)).size, 2);
    assert.equal(origin.count(/\/crowd\/.*_HLS_msn=/), 0, "the part says it all");
    assert.equal(origin.count(new RegExp(`/crowd/.*/${msn}\\.${part}\\.m4s$`)), 1);
  });

  await t.step("have what another edge has told of since they were last asked", async () => {
    const next = async (edge: typeof first, query = "") => {
      const { body } = await get(`${edge.url}/hls/room/live.m3u8${query}`);
      return edgeOf(parseMediaPlaylist(body));
    };
    let { msn, part } = await next(second);
    const atSecond = () => get(`${second.url}/hls/room/${live.liveId}/${msn}.${part}.m4s`);
    assert.equal((await atSecond()).status, 200);
    for (let parts = 0; parts < 3; parts++) {
      [msn, part] = part === 4 ? [msn + 1, 0] : [msn, part + 1];
      await next(first, `?_HLS_msn=${msn}&_HLS_part=${part}`);
    }
    assert.equal((await atSecond()).status, 200);
  });

  await t.step("zip playlists for who takes it, and nothing else", async () => {
    const zipped = await raw(`${base}/live.m3u8`, "br, gzip;q=0.8");
    assert.match(zipped.head, /content-encoding: gzip/);
    assert.match(zipped.head, /vary: accept-encoding/);
    assert.match(new TextDecoder().decode(gunzipSync(zipped.body)), /^#EXTM3U/);
    for (const refusal of ["identity", "gzip;q=0", "x-gzip", ""]) {
      const plain = await raw(`${base}/live.m3u8`, refusal);
      assert.doesNotMatch(plain.head, /content-encoding/, refusal);
      assert.match(new TextDecoder().decode(plain.body), /^#EXTM3U/);
    }
    const init = await raw(`${base}/${live.liveId}/init.mp4`, "gzip");
    assert.doesNotMatch(init.head, /content-encoding/);
  });

  await t.step("let pages of any origin read, and nobody write", async () => {
    const { headers } = await get(`${base}/live.m3u8`);
    assert.equal(headers.get("access-control-allow-origin"), "*");
    const preflight = await get(`${base}/live.m3u8`, { method: "OPTIONS" });
    assert.deepEqual([preflight.status, preflight.body], [204, ""]);
    for (const method of ["POST", "PUT", "DELETE"]) {
      assert.deepEqual(problem(await get(`${base}/live.m3u8`, { method })), [
        405,
        "method_not_allowed",
      ]);
    }
    const head = await get(`${base}/live.m3u8`, { method: "HEAD" });
    assert.deepEqual([head.status, head.body], [200, ""]);
    assert.ok(Number(head.headers.get("content-length")) > 0);
  });

  await t.step("answer hostile paths and directives without asking a mixer", async () => {
    const before = origin.asked.length;
    const paths = [
      ...["/hls/", "/hls/room", "/hls/room/%2e%2e/live.m3u8", "/hls/room/..%2flive.m3u8"],
      ...["/hls/ROOM/live.m3u8", "/hls/room/live.m3u8/x", `/hls/${"a".repeat(9000)}/live.m3u8`],
      ...["/hls/room/@evil.example/1.m4s", "/hls//evil.example/live.m3u8"],
    ];
    for (const path of paths) {
      const answer = await get(`${first.url}${path}`);
      assert.equal(answer.status, 404, path);
      assert.equal(answer.headers.get("access-control-allow-origin"), "*");
    }
    for (const query of ["_HLS_msn=x", "_HLS_part=1", "_HLS_skip=NO"]) {
      const answer = await get(`${base}/live.m3u8?${query}`);
      assert.deepEqual(problem(answer), [400, "invalid_params"], query);
    }
    assert.equal(origin.asked.length, before);
    const far = await get(`${base}/live.m3u8?_HLS_msn=${live.mediaSequence + 9000}`);
    assert.deepEqual(problem(far), [400, "invalid_params"], "the next one is known");
  });

  await t.step("tell a room that is not there from one that is not live", async () => {
    const unknown = await get(`${first.url}/hls/unknown/live.m3u8`);
    assert.deepEqual(problem(unknown), [404, "room_not_found"]);
    assert.equal(unknown.headers.get("cache-control"), "no-store");
    await rig.start("silent");
    await rig.stop("silent");
    const { meta } = rig.rooms.get("silent");
    await rig.put(roomKey("silent", "meta"), { ...meta, id: "silent", lives: 0 });
    await until("the edge to see it", async () => {
      const answer = await get(`${first.url}/hls/silent/live.m3u8`);
      return answer.status === 404 && JSON.parse(answer.body).code === "room_not_live";
    });
    assert.deepEqual(problem(await get(`${base}/oldlive1/1.m4s`)), [404, "room_not_live"]);
  });

  await t.step("let the listeners of a room that is starting wait for its mixer", async () => {
    const starting = await rig.start("starting", { mixerId: origin.id });
    await until("the edge to see it", async () => {
      const answer = await get(`${first.url}/hls/starting/${starting.liveId}/init.mp4`);
      return JSON.parse(answer.body).code === "room_not_live" && answer.status === 404;
    });
    const waiting = get(`${first.url}/hls/starting/live.m3u8`);
    await origin.take("starting", starting);
    assert.equal((await waiting).status, 200);
  });

  await t.step(
    "leave the classic rendition alone, and say 503 when no mixer gives it",
    async () => {
      const away = await get(`${base}/ts/index.m3u8`);
      assert.deepEqual(problem(away), [503, "unavailable"]);
      assert.equal(away.headers.get("retry-after"), "2");
    },
  );

  await t.step("follow a room that moves, without an end or a broken rule", async () => {
    const next = rig.add(new CountingOrigin(rig, "mixer-2"));
    const watcher = rig.add(new LiveWatcher(`${base}/live.m3u8`, { mayMove: true }));
    watcher.start();
    await watcher.more(3);
    const moved = { ...live, epoch: 2, mixerId: next.id };
    origin.letGo("room");
    await rig.put(roomKey("room", "livemeta"), moved);
    await next.take("room", moved);
    await until("a part of the new mixer", () => next.count(/\.m4s$/) > 0);
    await watcher.more(3);
    const { brokenRules, failedRequests, ended } = await watcher.stop();
    assert.deepEqual([...brokenRules, ...failedRequests], []);
    assert.equal(ended, false);
  });

  await t.step("serve a broadcast's end for a while, and say 410 who comes later", async () => {
    const short = await origin.start("short");
    const watcher = rig.add(new LiveWatcher(await rig.served(first, "short")));
    watcher.start();
    await watcher.more(2);
    await rig.stop("short");
    origin.end("short");
    await watcher.end();
    const { brokenRules, failedRequests } = await watcher.stop();
    assert.deepEqual([...brokenRules, ...failedRequests], []);
    assert.match((await get(`${first.url}/hls/short/live.m3u8`)).body, /#EXT-X-ENDLIST/);
    const old = `${first.url}/hls/short/${short.liveId}/${short.mediaSequence - 1}.m4s`;
    assert.equal((await get(old)).status, 200);
    // An edge that never had the broadcast knows it by the room's count of broadcasts.
    await rig.put(roomKey("short", "mixer"), "gone");
    const late = await rig.edge();
    const over = await until("the late edge", async () => {
      const answer = await get(`${late.url}/hls/short/live.m3u8`);
      return answer.status !== 503 && answer;
    });
    assert.deepEqual(problem(over), [410, "room_over"]);
  });
});
