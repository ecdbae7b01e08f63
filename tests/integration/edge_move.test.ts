import assert from "node:assert/strict";
import { roomKey } from "../../src/contracts/keys.ts";
import { LiveWatcher } from "../support/hls/live_watcher.ts";
import { assertTone, decodeSound, hear } from "../support/tone.ts";
import { MixerRig } from "./mixer_rig.ts";

Deno.test("listeners at an edge hear a room go on when it moves from one mixer to another", async () => {
  await using rig = await MixerRig.start();
  const half = rig.rtp.min + 100;
  await rig.mixer("mixer-1", { ROOMCAST_RTP_MAX: String(half - 1) });
  await rig.mixer("mixer-2", { ROOMCAST_RTP_MIN: String(half) });
  const edge = await rig.edge();
  const live = await rig.start("room");
  await rig.mixerKey("room");
  const watcher = rig.add(new LiveWatcher(await rig.served(edge, "room"), { mayMove: true }));
  watcher.start();
  await rig.forward("room", live, 440, 7);
  await watcher.until(({ sourceFrames }) => sourceFrames === 10);

  const moved = { ...live, epoch: 2, mixerId: "mixer-2" };
  await rig.put(roomKey("room", "livemeta"), moved);
  const { port } = await rig.mixerKey("room", ({ mixerId }) => mixerId === "mixer-2");
  assert.ok(port >= half);
  await rig.forward("room", moved, 880, 8);
  await rig.mixerKey("room", ({ status }) => status === "on_air");
  await watcher.until(({ sourceFrames }) => sourceFrames === 10);
  await watcher.more(4);

  assertTone(hear(await decodeSound(watcher.media(4))), 880);
  const { brokenRules, failedRequests, ended } = await watcher.stop();
  assert.deepEqual([...brokenRules, ...failedRequests], []);
  assert.equal(ended, false);
});
