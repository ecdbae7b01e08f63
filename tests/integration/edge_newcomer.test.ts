import assert from "node:assert/strict";
import { roomKey } from "../../src/contracts/keys.ts";
import { LiveWatcher } from "../support/hls/live_watcher.ts";
import { until } from "../support/until.ts";
import { CountingOrigin } from "./edge_origin.ts";
import { WatchedRoom } from "./edge_watched.ts";
import { MixerRig } from "./mixer_rig.ts";

/** The status and text of an answer. */
async function get(url: string): Promise<{ status: number; text: string }> {
  const response = await fetch(url);
  return { status: response.status, text: await response.text() };
}

Deno.test("an edge stands in for dead mixers where the broadcast goes on, and nowhere else", async (t) => {
  await using rig = await MixerRig.start();
  const [old, origin] = [await rig.edge(), rig.add(new CountingOrigin(rig))];
  const room = await WatchedRoom.start(rig, old, "room", [origin]);
  const over = await WatchedRoom.start(rig, old, "over", [origin]);
  await origin.start("parked");
  await origin.down();
  const edge = await rig.edge();
  await until("the edge to be ready", async () => (await get(`${edge.url}/readyz`)).status === 200);

  await t.step(
    "one that never saw the room goes by its own clock, and takes on who comes",
    async () => {
      const watcher = rig.add(new LiveWatcher(`${edge.url}/hls/room/live.m3u8`));
      watcher.start();
      await watcher.more(5);
      const next = rig.add(new CountingOrigin(rig, "mixer-2"));
      await room.move(next);
      await watcher.more(5);
      const { brokenRules, failedRequests, stalls } = await watcher.stop();
      assert.deepEqual({ brokenRules, failedRequests, stalls }, {
        brokenRules: [],
        failedRequests: [],
        stalls: 0,
      });
      await room.wasUnbroken();
    },
  );

  await t.step("what a playlist lists can be had", async () => {
    const { text } = await get(`${edge.url}/hls/parked/live.m3u8`);
    const uris = [...text.matchAll(/URI="([^"]+)"|^(\w+\/\d+\.m4s)$/gm)].map(([, a, b]) => a ?? b);
    assert.ok(uris.length > 10);
    const answers = await Promise.all(
      uris.map((uri) => get(`${edge.url}/hls/parked/${uri}`)),
    );
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
    assert.equal((await get(`${edge.url}/hls/parked/index.m3u8`)).status, 200);
  });

  await t.step("a broadcast that is stopped ends, although its mixer cannot say so", async () => {
    await rig.stop("over");
    await over.watcher.end();
    const { brokenRules, failedRequests, stalls } = await over.watcher.stop();
    assert.deepEqual({ brokenRules, failedRequests, stalls }, {
      brokenRules: [],
      failedRequests: [],
      stalls: 0,
    });
    assert.match((await get(`${old.url}/hls/over/live.m3u8`)).text, /#EXT-X-ENDLIST/);
  });

  await t.step("a room that is deleted, over or unknown is not stood in for", async () => {
    await rig.stop("parked");
    await rig.put(roomKey("parked", "mixer"), "gone");
    const late = await rig.edge();
    const gone = await until("the late edge", async () => {
      const answer = await get(`${late.url}/hls/parked/live.m3u8`);
      return answer.status !== 503 && answer;
    });
    assert.equal(gone.status, 410);
    assert.equal((await get(`${late.url}/hls/nowhere/live.m3u8`)).status, 404);
  });
});
