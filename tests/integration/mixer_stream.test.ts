import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { LiveWatcher } from "../support/hls/live_watcher.ts";
import { assertTone, decodeSound, hear } from "../support/tone.ts";
import { until } from "../support/until.ts";
import { MixerRig } from "./mixer_rig.ts";
import { sendTone } from "./mixer_sender.ts";

/** Binds a UDP port; throws when it is taken. Returns how to let go of it. */
async function bind(port: number): Promise<() => Promise<void>> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.bind({ port, address: "127.0.0.1", exclusive: true }, resolve);
  });
  return () => new Promise((resolve) => socket.close(() => resolve()));
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

Deno.test("a mixer serves the rooms that etcd places on it", async (t) => {
  await using rig = await MixerRig.start();
  await Deno.mkdir(`${rig.dir}/hls/mixer-1/left-behind`, { recursive: true });
  const letGo = await bind(rig.rtp.min);
  const mixer = await rig.mixer();
  const folder = (liveId: string) => `${rig.dir}/hls/mixer-1/${liveId}`;

  await t.step("it sweeps what an earlier mixer of its name left", async () => {
    assert.equal(await exists(folder("left-behind")), false);
  });

  const live = await rig.start("tone");
  const watcher = rig.add(new LiveWatcher(`${mixer.url}/hls/tone/live.m3u8`));

  await t.step("a room gets another port when its first choice is busy", async () => {
    const { port, status, origin } = await rig.mixerKey("tone");
    assert.equal(port, rig.rtp.min + 2);
    assert.deepEqual([status, origin], ["listening", mixer.url]);
    await letGo();
  });

  await t.step(
    "a room can be played before any sound comes",
    async () => {
      watcher.start();
      await watcher.more(1);
      await rig.forward("tone", live, 440, 7);
      await rig.mixerKey("tone", ({ status }) => status === "on_air");
      await watcher.until(({ sourceFrames }) => sourceFrames === 10);
      await watcher.more(5);
      assertTone(hear(await decodeSound(watcher.media(5))), 440);
    },
  );

  await t.step("garbage in a room's livemeta harms no other room", async () => {
    for (const garbage of ["{", "null", "[]", '{"mixerId":"mixer-1"}', "\0", "9".repeat(5000)]) {
      await rig.put("/rooms/garbage/livemeta", garbage);
    }
    const hostile = { ...live, liveId: "../../etc", partFrames: 7, startedAt: -1 };
    await rig.put("/rooms/garbage/livemeta", hostile);
    await rig.put("/rooms/..%2f/livemeta", live);
    // Over the livemeta of a room that is on air: nobody has said that it is over.
    await rig.put("/rooms/tone/livemeta", "{");
    await rig.start("after-garbage");
    await rig.mixerKey("after-garbage");
    const streams: { roomId: string }[] = await (await fetch(`${mixer.url}/streams`)).json();
    assert.deepEqual(streams.map(({ roomId }) => roomId).sort(), ["after-garbage", "tone"]);
    await watcher.more(1);
    await rig.put("/rooms/tone/livemeta", live);
  });

  await t.step("the classic rendition is written beside it", async () => {
    const base = `${mixer.url}/hls/tone/ts`;
    const playlist = await until("the classic playlist", async () => {
      const response = await fetch(`${base}/index.m3u8`);
      const text = await response.text();
      return response.status === 200 && text;
    });
    const file = playlist.split("\n").find((line) => line.endsWith(".ts"));
    assert.match(file ?? "", new RegExp(`^${live.liveId}-\\d+\\.ts$`));
    const segment = await fetch(`${base}/${file}`);
    assert.equal(segment.headers.get("content-type"), "video/mp2t");
    assertTone(hear(await decodeSound(await segment.bytes())), 440);
  });

  await t.step("stop ends the playlist, and leaves no process, port or key", async () => {
    const { port, ffmpegPid } = await rig.stream(mixer, "tone");
    await rig.stop("tone");
    await watcher.end();
    const report = await watcher.stop();
    assert.deepEqual(report.brokenRules, []);
    assert.deepEqual(report.failedRequests, []);
    await rig.room("tone", (room) => room.mixer === null);
    assert.equal(await exists(`/proc/${ffmpegPid}`), false);
    await (await bind(port))();
    await (await bind(port + 1))();
    const after = await (await fetch(`${mixer.url}/hls/tone/live.m3u8`)).text();
    assert.match(after, /#EXT-X-ENDLIST/);
    const classic = await (await fetch(`${mixer.url}/hls/tone/ts/index.m3u8`)).text();
    assert.match(classic, /#EXT-X-ENDLIST/);
  });

  await t.step("a room's next broadcast goes on upward from its last", async () => {
    const again = await rig.start("tone", {
      live: 2,
      epoch: 2,
      mediaSequence: live.mediaSequence + 60,
    });
    const { port } = await rig.mixerKey("tone", ({ liveId }) => liveId === again.liveId);
    assert.ok(port > rig.rtp.min + 2, "the port just used rests");
    const text = await (await fetch(`${mixer.url}/hls/tone/live.m3u8`)).text();
    assert.match(text, new RegExp(`#EXT-X-MEDIA-SEQUENCE:${again.mediaSequence - 3}\n`));
    assert.match(text, /#EXT-X-DISCONTINUITY\n/);
    assert.doesNotMatch(text, new RegExp(live.liveId));
    const old = await fetch(
      `${mixer.url}/hls/tone/${live.liveId}/${live.mediaSequence}.m4s`,
    );
    assert.equal((await old.bytes()).length > 0 && old.status, 200, "for who is still at its end");
  });

  const rooms = [["tone", 500], ["after-garbage", 900]] as const;
  for (const [room, hz] of rooms) {
    rig.add(sendTone({ port: (await rig.mixerKey(room)).port, hz, ssrc: hz }));
  }

  await t.step("a mixer that stops leaves its rooms' keys, and none of its processes", async () => {
    const { ffmpegPid } = await rig.stream(mixer, "tone");
    const { port } = await rig.mixerKey("tone");
    const listener = rig.add(new LiveWatcher(`${mixer.url}/hls/tone/live.m3u8`));
    listener.start();
    await listener.more(1);
    await mixer.stop();
    const { ended, brokenRules } = await listener.stop();
    assert.deepEqual([ended, brokenRules], [false, []], "the broadcast is not over");
    assert.equal(await exists(`/proc/${ffmpegPid}`), false);
    assert.equal(await exists(folder(live.liveId)), false);
    assert.equal((await rig.mixerKey("tone")).port, port);
  });

  await t.step("a mixer of its name takes rooms up where their forwarders send", async () => {
    const next = await rig.mixer();
    for (const [room, hz] of rooms) {
      const watcher = rig.add(new LiveWatcher(await rig.served(next, room)));
      watcher.start();
      await watcher.until(({ sourceFrames }) => sourceFrames === 10);
      await watcher.more(3);
      assertTone(hear(await decodeSound(watcher.media(3))), hz);
      const { brokenRules, failedRequests } = await watcher.stop();
      assert.deepEqual([...brokenRules, ...failedRequests], []);
    }
  });
});
