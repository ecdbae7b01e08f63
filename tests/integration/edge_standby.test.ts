import assert from "node:assert/strict";
import { freePort } from "../../deploy/local/ports.ts";
import { startRole } from "../../deploy/local/role_process.ts";
import { roomKey } from "../../src/contracts/keys.ts";
import { LiveWatcher } from "../support/hls/live_watcher.ts";
import { assertTone, decodeSound, hear } from "../support/tone.ts";
import { MixerRig } from "./mixer_rig.ts";

Deno.test("listeners hear the tone go on when the primary of two mixers is killed, and when the other is promoted", async () => {
  await using rig = await MixerRig.start();
  const half = rig.rtp.min + 100;
  const port = freePort();
  const primary = rig.add(
    await startRole(
      { name: "mixer-1", role: "mixer", url: `http://127.0.0.1:${port}`, env: {} },
      {
        etcdUrl: rig.etcd.url,
        logFile: `${rig.dir}/mixer-1.log`,
        env: {
          ROOMCAST_NODE_ID: "mixer-1",
          ROOMCAST_ETCD: rig.etcd.url,
          ROOMCAST_MIXER_PORT: String(port),
          ROOMCAST_RTP_MIN: String(rig.rtp.min),
          ROOMCAST_RTP_MAX: String(half - 1),
          ROOMCAST_DATA_DIR: rig.dir,
        },
      },
    ),
  );
  await rig.mixer("mixer-2", { ROOMCAST_RTP_MIN: String(half) });
  const edge = await rig.edge();
  const live = await rig.start("room", { standbyId: "mixer-2" });
  await rig.forwardToBoth("room", live, 440, 7);
  await rig.room(
    "room",
    ({ mixer, standby }) => mixer?.status === "on_air" && standby?.status === "on_air",
  );
  const watcher = rig.add(new LiveWatcher(await rig.served(edge, "room")));
  watcher.start();
  await watcher.until(({ sourceFrames }) => sourceFrames === 10);
  const before = watcher.parts.length;

  primary.kill("SIGKILL");
  await primary.ended;
  await watcher.more(8);
  const promoted = { ...live, epoch: 2, mixerId: "mixer-2", standbyId: null };
  await rig.put(roomKey("room", "livemeta"), promoted);
  await rig.mixerKey("room", ({ mixerId }) => mixerId === "mixer-2");
  await watcher.more(6);

  const silent = watcher.parts.slice(before).filter(({ sourceFrames }) => sourceFrames === 0);
  assert.ok(silent.length <= 1, `${silent.length} parts were silent`);
  assertTone(hear(await decodeSound(watcher.media(12))), 440);
  const { brokenRules, failedRequests, stalls, ended } = await watcher.stop();
  assert.deepEqual({ brokenRules, failedRequests, stalls, ended }, {
    brokenRules: [],
    failedRequests: [],
    stalls: 0,
    ended: false,
  });
});
