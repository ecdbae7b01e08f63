import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { LiveWatcher } from "../support/hls/live_watcher.ts";
import { assertTone, decodeSound, hear } from "../support/tone.ts";
import { MixerRig } from "./mixer_rig.ts";
import { sendBye, sendTone } from "./mixer_sender.ts";

const STRANGER = "127.0.0.2";

/** Where the next packet that reaches a UDP port comes from. */
async function nextSender(port: number): Promise<string> {
  const socket = createSocket("udp4");
  try {
    return await new Promise((resolve) => {
      socket.once("message", (_, { address }) => resolve(address));
      socket.bind(port, "127.0.0.1");
    });
  } finally {
    await new Promise<void>((resolve) => socket.close(() => resolve()));
  }
}

Deno.test("listeners of a room", async (t) => {
  await using rig = await MixerRig.start();
  const mixer = await rig.mixer();
  const live = await rig.start("room");
  await rig.mixerKey("room");
  const watcher = rig.add(new LiveWatcher(`${mixer.url}/hls/room/live.m3u8`));
  watcher.start();
  const forwarder = await rig.forward("room", live, 440, 7);
  const { port } = await rig.mixerKey("room", ({ status }) => status === "on_air");

  /** What is heard in the next parts that are all sound. */
  const heard = async () => {
    await watcher.until(({ sourceFrames }) => sourceFrames === 10);
    await watcher.more(4);
    return hear(await decodeSound(watcher.media(4)));
  };
  const restarts = async () => (await rig.stream(mixer, "room")).ffmpegRestarts;
  const noFault = () => {
    const { brokenRules, failedRequests, stalls, longestGapMs } = watcher.report();
    assert.deepEqual([...brokenRules, ...failedRequests], []);
    assert.equal(stalls, 0, `the longest gap was ${longestGapMs} ms`);
  };
  assertTone(await heard(), 440);

  for (const signal of ["SIGKILL", "SIGSTOP"] as const) {
    await t.step(`meet no stall when FFmpeg is hit by ${signal}`, async () => {
      const { ffmpegPid, ffmpegRestarts } = await rig.stream(
        mixer,
        "room",
        (stream) => stream.flowing && stream.ffmpegPid !== null,
      );
      assert.ok(ffmpegPid !== null);
      Deno.kill(ffmpegPid, signal);
      await watcher.until(({ sourceFrames }) => sourceFrames < 10);
      assertTone(await heard(), 440);
      assert.equal(await restarts(), ffmpegRestarts + 1);
      noFault();
    });
  }

  await t.step("hear nothing of strangers' RTP, and no BYE of theirs ends FFmpeg", async () => {
    const before = await restarts();
    const control = rig.rtp.max - 1;
    const trial = sendTone({ port: control, hz: 1500, ssrc: 7, from: STRANGER });
    assert.equal(await nextSender(control), STRANGER);
    await trial.stop();
    const stray = sendTone({ port, hz: 1500, ssrc: 7, from: STRANGER });
    await sendBye(port + 1, 7, STRANGER);
    await watcher.more(4);
    const sound = await heard();
    await stray.stop();
    assertTone(sound, 440);
    assert.equal(await restarts(), before);
    noFault();
  });

  await t.step("meet no stall when the forwarder itself says BYE", async () => {
    const before = await restarts();
    await sendBye(port + 1, 7, "127.0.0.1");
    await rig.stream(mixer, "room", ({ ffmpegRestarts }) => ffmpegRestarts > before);
    assertTone(await heard(), 440);
    noFault();
  });

  await t.step("hear silence while no RTP comes, and the next forwarder after it", async () => {
    const before = await restarts();
    await forwarder.stop();
    await rig.mixerKey("room", ({ status }) => status === "degraded");
    const silence = await decodeSound(watcher.media(3));
    assert.ok(hear(silence).level < 0.001);
    await rig.forward("room", live, 880, 8);
    await rig.mixerKey("room", ({ status }) => status === "on_air");
    assertTone(await heard(), 880);
    assert.ok(await restarts() > before);
    noFault();
  });

  await t.step("of two rooms hear each its own", async () => {
    const other = await rig.start("other");
    await rig.mixerKey("other");
    const second = rig.add(new LiveWatcher(`${mixer.url}/hls/other/live.m3u8`));
    second.start();
    await rig.forward("other", other, 1200, 9);
    await second.until(({ sourceFrames }) => sourceFrames === 10);
    await second.more(4);
    assertTone(hear(await decodeSound(second.media(4))), 1200);
    assertTone(await heard(), 880);
    noFault();
  });
});
