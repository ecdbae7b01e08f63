import assert from "node:assert/strict";
import { MixerRig } from "./mixer_rig.ts";

Deno.test("the origin of a mixer", async (t) => {
  await using rig = await MixerRig.start();
  const mixer = await rig.mixer();
  const live = await rig.start("room");
  await rig.mixerKey("room");
  const get = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(`${mixer.url}${path}`, init);
    const { status, headers } = response;
    return { status, headers, body: await response.text() };
  };
  const part = `/hls/room/${live.liveId}/${live.mediaSequence - 2}`;

  await t.step("serves playlists, media and their headers", async () => {
    const playlist = await get("/hls/room/live.m3u8");
    assert.equal(playlist.headers.get("content-type"), "application/vnd.apple.mpegurl");
    assert.equal(playlist.headers.get("cache-control"), "no-cache");
    const blocking = await get(`/hls/room/live.m3u8?_HLS_msn=${live.mediaSequence - 2}`);
    assert.match(blocking.headers.get("cache-control") ?? "", /^public, max-age=\d+$/);
    for (const path of [`${part}.0.m4s`, `${part}.m4s`, `/hls/room/${live.liveId}/init.mp4`]) {
      const { status, headers } = await get(path);
      assert.deepEqual([status, headers.get("content-type")], [200, "audio/mp4"]);
      assert.match(headers.get("cache-control") ?? "", /immutable/);
    }
    assert.equal((await get(`${part}.0.m4s`)).headers.get("roomcast-source-frames"), "0");
    assert.match((await get("/hls/room/index.m3u8")).body, /\nlive\.m3u8\n/);
  });

  await t.step("answers HEAD without a body", async () => {
    for (const path of ["/hls/room/live.m3u8", `${part}.0.m4s`]) {
      const { status, body } = await get(path, { method: "HEAD" });
      assert.deepEqual([status, body], [200, ""]);
    }
  });

  await t.step("answers 404 for what is not there", async () => {
    const wrong = [
      ...["/", "/hls", "/hls/", "/hls/room", "/hls/room/", "/hls/room/other.m3u8"],
      ...["/hls/unknown/live.m3u8", "/hls/ROOM/live.m3u8", `/hls/room/${"a".repeat(5000)}`],
      ...[`${part}.5.m4s`, `${part}.99.m4s`, `${part}9.m4s`, "/hls/room/xxxxxxxx/1.m4s"],
      ...["/hls/room/../../etc/passwd", "/hls/room/%2e%2e/%2e%2e/etc/passwd"],
      ...["/hls/room/ts/..%2f..%2findex.m3u8", "/hls/room/ts/xxxxxxxx-1.ts", "/hls/room/%00"],
    ];
    for (const path of wrong) {
      const { status, headers, body } = await get(path);
      assert.equal(status, 404, path);
      assert.equal(headers.get("content-type"), "application/problem+json");
      assert.equal(JSON.parse(body).status, 404);
    }
    assert.equal((await get("/hls/room/live.m3u8", { method: "POST" })).status, 404);
  });

  await t.step("answers 400 for directives that make no sense", async () => {
    const wrong = ["_HLS_msn=x", "_HLS_part=0", "_HLS_msn=-1", "_HLS_skip=maybe", "_HLS_msn="];
    for (const query of [...wrong, `_HLS_msn=${live.mediaSequence + 5000}`]) {
      const { status, body } = await get(`/hls/room/live.m3u8?${query}`);
      assert.deepEqual([status, JSON.parse(body).code], [400, "invalid_params"], query);
    }
  });

  await t.step("answers 503 for the classic rendition as long as there is none", async () => {
    const { status, headers } = await get("/hls/room/ts/index.m3u8");
    assert.deepEqual([status, headers.get("retry-after")], [503, "2"]);
  });

  await t.step("says in its health that etcd answers", async () => {
    assert.equal((await get("/readyz")).status, 200);
  });
});
