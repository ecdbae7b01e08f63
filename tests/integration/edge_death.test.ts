import assert from "node:assert/strict";
import { freePort } from "../../deploy/local/ports.ts";
import { startRole } from "../../deploy/local/role_process.ts";
import { CountingOrigin } from "./edge_origin.ts";
import { WatchedRoom } from "./edge_watched.ts";
import { MixerRig } from "./mixer_rig.ts";
import { frontDoor } from "./nginx_rig.ts";

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
  second.kill("SIGSTOP");
  await room.more(12);
  second.kill("SIGCONT");
  // nginx still leaves the second one out, and must not do so when there is no other.
  first.kill("SIGKILL");
  await first.ended;
  await room.more(12);
  // The edge that hung was waited for, and one that has just woken may say 503 once on a busy machine: players ask again.
  const { brokenRules, ended } = await room.watcher.stop();
  assert.deepEqual({ brokenRules, ended }, { brokenRules: [], ended: false });
});
