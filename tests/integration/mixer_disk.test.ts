import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { metricsText } from "../../src/platform/metrics.ts";
import { LiveWatcher } from "../support/hls/live_watcher.ts";
import { assertTone, decodeSound, hear } from "../support/tone.ts";
import { until } from "../support/until.ts";
import { MixerRig } from "./mixer_rig.ts";
import { sendTone } from "./mixer_sender.ts";

/** Takes a UDP port, as somebody else's process would. Returns how to let go of it. */
async function take(port: number): Promise<() => Promise<void>> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.bind({ port, address: "127.0.0.1", exclusive: true }, resolve);
  });
  return () => new Promise((resolve) => socket.close(() => resolve()));
}

/** Repairs counted so far, as `/metrics` says. */
async function repairs(what: string): Promise<number> {
  const { text } = await metricsText();
  const prefix = `roomcast_repairs_total{what="${what}"}`;
  return Number(text.split("\n").find((line) => line.startsWith(prefix))?.split(" ").at(-1) ?? 0);
}

Deno.test("a mixer in want of disk and ports", async (t) => {
  await using rig = await MixerRig.start();
  const classic = `${rig.dir}/hls/mixer-1`;
  const pipes = `${rig.dir}/pipes/mixer-1`;
  await Deno.mkdir(pipes, { recursive: true });
  await Deno.writeTextFile(`${pipes}/left`, "");
  // As a mixer's FFmpeg would be that outlived it.
  const orphan = new Deno.Command("ffmpeg", {
    args: [
      ...["-nostdin", "-loglevel", "quiet", "-re", "-f", "lavfi", "-i", "sine"],
      ...["-f", "null", "-metadata", `comment=${await Deno.realPath(pipes)}/left`, "-"],
    ],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const counted = { ffmpeg: await repairs("ffmpeg"), pipe: await repairs("pipe") };
  await until(
    "the orphan to run",
    async () => (await Deno.readTextFile(`/proc/${orphan.pid}/cmdline`)).includes("comment="),
  );
  const mixer = await rig.mixer();

  const heard = async (room: string, hz: number, ssrc: number) => {
    const live = await rig.start(room);
    await rig.mixerKey(room);
    const watcher = rig.add(new LiveWatcher(`${mixer.url}/hls/${room}/live.m3u8`));
    watcher.start();
    await rig.forward(room, live, hz, ssrc);
    await watcher.until(({ sourceFrames }) => sourceFrames === 10);
    await watcher.more(4);
    assertTone(hear(await decodeSound(watcher.media(4))), hz);
    return { live, watcher };
  };
  const noFault = (watcher: LiveWatcher) => {
    const { brokenRules, failedRequests, stalls } = watcher.report();
    assert.deepEqual([...brokenRules, ...failedRequests, stalls], [0]);
  };

  await t.step("ends what an earlier one left, and counts it", async () => {
    assert.equal((await orphan.status).signal, "SIGKILL");
    assert.deepEqual([await repairs("ffmpeg"), await repairs("pipe")], [
      counted.ffmpeg + 1,
      counted.pipe + 1,
    ]);
  });

  await t.step("plays on when the disk fills up under the classic rendition", async () => {
    const { live, watcher } = await heard("full", 440, 7);
    const before = await rig.stream(mixer, "full");
    const folder = `${classic}/${live.liveId}`;
    const names = async () => (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
    const first = await until("a classic segment", async () => {
      return (await names()).map((name) => /-(\d+)\.ts/.exec(name)?.[1]).find(Boolean);
    });
    // To write to /dev/full fails as it does on a disk that is full (full(4)).
    for (let ahead = 0; ahead < 8; ahead++) {
      for (const end of [".ts", ".ts.tmp"]) {
        const path = `${folder}/${live.liveId}-${Number(first) + ahead}${end}`;
        await Deno.symlink("/dev/full", path).catch(() => {});
      }
    }
    await Deno.remove(`${folder}/index.m3u8`).catch(() => {});
    await Deno.symlink("/dev/full", `${folder}/index.m3u8.tmp`).catch(() => {});
    await watcher.more(20);
    assertTone(hear(await decodeSound(watcher.media(20))), 440);
    const after = await rig.stream(mixer, "full");
    assert.deepEqual(
      [after.ffmpegPid, after.ffmpegRestarts],
      [before.ffmpegPid, before.ffmpegRestarts],
    );
    noFault(watcher);
    await watcher.stop();
  });

  await t.step("begins a room when no folder can be made for its classic rendition", async () => {
    await Deno.remove(classic, { recursive: true });
    await Deno.writeTextFile(classic, "");
    const { watcher } = await heard("folderless", 880, 8);
    noFault(watcher);
    const response = await fetch(`${mixer.url}/hls/folderless/ts/index.m3u8`);
    await response.body?.cancel();
    assert.equal(response.status, 503);
    assert.equal((await rig.stream(mixer, "folderless")).ffmpegRestarts, 0);
  });

  await t.step("begins a room when others have its port, or the one above it", async () => {
    const { port } = await rig.mixerKey("folderless");
    const letGo = await Promise.all([take(port + 2), take(port + 5)]);
    await heard("elsewhere", 1200, 9);
    assert.equal((await rig.mixerKey("elsewhere")).port, port + 6);
    await Promise.all(letGo.map((close) => close()));
  });

  await t.step("goes on at another port when somebody takes that of a room on air", async () => {
    const { port, ffmpegPid } = await rig.stream(mixer, "elsewhere");
    assert.ok(ffmpegPid !== null);
    const thief = until("the RTCP port", () => take(port + 1).catch(() => null));
    Deno.kill(ffmpegPid, "SIGKILL");
    const letGo = await thief;
    const { port: next } = await rig.mixerKey("elsewhere", (key) => key.port !== port);
    await letGo();
    const watcher = rig.add(new LiveWatcher(`${mixer.url}/hls/elsewhere/live.m3u8`));
    watcher.start();
    rig.add(sendTone({ port: next, hz: 700, ssrc: 10 }));
    await watcher.until(({ sourceFrames }) => sourceFrames === 10);
    await watcher.more(4);
    assertTone(hear(await decodeSound(watcher.media(4))), 700);
  });
});
