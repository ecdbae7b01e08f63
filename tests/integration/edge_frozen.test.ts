import assert from "node:assert/strict";
import { freePort } from "../../deploy/local/ports.ts";
import { startRole } from "../../deploy/local/role_process.ts";
import { until } from "../support/until.ts";
import { CountingOrigin } from "./edge_origin.ts";
import { WatchedRoom } from "./edge_watched.ts";
import { MixerRig } from "./mixer_rig.ts";

/** How many parts a room has, by the one that its playlist hints at. */
async function partsAt(url: string): Promise<number> {
  const text = await (await fetch(`${url}/hls/room/live.m3u8`)).text();
  const [, msn, part] = /PRELOAD-HINT:.*?(\d+)\.(\d+)\.m4s/.exec(text) ?? [];
  return Number(msn) * 5 + Number(part);
}

Deno.test("an edge that was frozen is as far as its mixer again, and not as late as it was frozen", async () => {
  await using rig = await MixerRig.start();
  const port = freePort();
  const url = `http://127.0.0.1:${port}`;
  const edge = rig.add(
    await startRole(
      { name: "edge-1", role: "edge", url, env: { ROOMCAST_ETCD: rig.etcd.url } },
      {
        etcdUrl: rig.etcd.url,
        logFile: `${rig.dir}/edge-1.log`,
        env: { ROOMCAST_EDGE_PORT: String(port), ROOMCAST_NODE_ID: "edge-1" },
      },
    ),
  );
  const origin = rig.add(new CountingOrigin(rig));
  const room = await WatchedRoom.start(rig, { url }, "room", [origin]);
  // Its listener waits for a part when it is frozen: how late that comes says nothing of the mixer.
  edge.kill("SIGSTOP");
  const before = await partsAt(origin.url);
  await until("the mixer to be 25 parts on", async () => await partsAt(origin.url) >= before + 25);
  edge.kill("SIGCONT");
  await room.more(9);
  const [here, there] = await Promise.all([partsAt(url), partsAt(origin.url)]);
  assert.ok(Math.abs(here - there) <= 1, `${here} parts at the edge, ${there} at the mixer`);
  await room.watcher.stop();
});
