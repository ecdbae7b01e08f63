import assert from "node:assert/strict";
import { freePort } from "../../deploy/local/ports.ts";
import { startRole } from "../../deploy/local/role_process.ts";
import { CountingOrigin } from "./edge_origin.ts";
import { WatchedRoom } from "./edge_watched.ts";
import { MixerRig } from "./mixer_rig.ts";
import { frontDoor } from "./nginx_rig.ts";

/** The number of the part that a playlist hints at. */
async function lastPart(url: string, room: string): Promise<number> {
  const text = await (await fetch(`${url}/hls/${room}/live.m3u8`)).text();
  const [, msn, part] = /PRELOAD-HINT:.*?(\d+)\.(\d+)\.m4s/.exec(text) ?? [];
  return Number(msn) * 5 + Number(part);
}

Deno.test("a listener behind nginx is served by the other edge when one dies or hangs", async () => {
  await using rig = await MixerRig.start();
  const startEdge = async (name: string) => {
    const port = freePort();
    const process = await startRole(
      { name, role: "edge", url: `http://127.0.0.1:${port}`, env: {} },
      {
        etcdUrl: rig.etcd.url,
        logFile: `${rig.dir}/${name}.log`,
        env: {
          ROOMCAST_ETCD: rig.etcd.url,
          ROOMCAST_EDGE_PORT: String(port),
          ROOMCAST_NODE_ID: name,
        },
      },
    );
    return { host: `127.0.0.1:${port}`, ...rig.add(process) };
  };
  const [first, second] = await Promise.all([startEdge("edge-1"), startEdge("edge-2")]);
  const nobody = `127.0.0.1:${freePort()}`;
  await using door = await frontDoor({
    rooms: nobody,
    users: nobody,
    gateways: [nobody],
    edges: [first.host, second.host],
  });
  const origin = rig.add(new CountingOrigin(rig));
  const room = await WatchedRoom.start(rig, door, "room", [origin]);
  const asleep = `http://${second.host}`;
  const other = await WatchedRoom.start(rig, { url: asleep }, "other", [origin]);
  second.kill("SIGSTOP");
  await room.more(25);
  second.kill("SIGCONT");
  // It had asked for a part before it was frozen. How late it got that says nothing of the mixer.
  await other.more(9);
  const [here, there] = await Promise.all(
    [asleep, origin.url].map((url) => lastPart(url, "other")),
  );
  assert.ok(
    Math.abs((here ?? NaN) - (there ?? NaN)) <= 1,
    `${here} at the edge, ${there} at the mixer`,
  );
  await other.watcher.stop();
  // nginx still leaves the second one out, and must not do so when there is no other.
  first.kill("SIGKILL");
  await first.ended;
  await room.more(9);
  // Of the edge that hung, the listener waited for one answer: that may be heard, but nothing may be lost.
  const { brokenRules, failedRequests, ended } = await room.watcher.stop();
  assert.deepEqual({ brokenRules, failedRequests, ended }, {
    brokenRules: [],
    failedRequests: [],
    ended: false,
  });
});
