import assert from "node:assert/strict";
import { slicePorts } from "../../deploy/local/cluster_ports.ts";
import { drainKey, nodeKey } from "../../src/contracts/keys.ts";
import { NodeInfo } from "../../src/contracts/node.ts";
import { LiveWatcher } from "../support/hls/live_watcher.ts";
import { assertTone, decodeSound, hear } from "../support/tone.ts";
import { until } from "../support/until.ts";
import { MixerRig } from "./mixer_rig.ts";

/** The URI of the last whole segment in a playlist. */
async function lastSegment(playlist: string): Promise<string> {
  const text = await (await fetch(playlist)).text();
  const uri = text.split("\n").findLast((line) => line.endsWith(".m4s") && !line.startsWith("#"));
  assert.ok(uri !== undefined);
  return uri;
}

Deno.test("a room on two mixers", async (t) => {
  await using rig = await MixerRig.start();
  const node = { version: "0", capacity: 9, load: 0, draining: false, startedAt: 1 };
  const janus2 = { ...node, id: "janus-2", kind: "janus", unhealthy: null } as const;
  await rig.put(
    nodeKey("janus", "janus-2"),
    { ...janus2, url: "ws://127.0.0.1:8189/" } satisfies NodeInfo,
  );
  const range = (index: number) => {
    const { min, max } = slicePorts(rig.rtp, index, 2);
    return { ROOMCAST_RTP_MIN: String(min), ROOMCAST_RTP_MAX: String(max) };
  };
  const one = await rig.mixer("mixer-1", range(0));
  const two = await rig.mixer("mixer-2", range(1));
  const url = (mixer: { url: string | null }) => `${mixer.url}/hls/room/live.m3u8`;

  const live = await rig.start("room", { standbyId: "mixer-2" });
  await rig.forwardToBoth("room", live, 440, 7);
  await rig.room(
    "room",
    ({ mixer, standby }) => mixer?.status === "on_air" && standby?.status === "on_air",
  );
  const watcher = rig.add(new LiveWatcher(url(two)));
  watcher.start();
  await watcher.until(({ sourceFrames }) => sourceFrames === 10);
  const noFault = () => {
    const { brokenRules, failedRequests, stalls, longestGapMs } = watcher.report();
    assert.deepEqual([...brokenRules, ...failedRequests], []);
    assert.equal(stalls, 0, `the longest gap was ${longestGapMs} ms`);
  };
  /** What is heard in the next parts that are all sound. */
  const heard = async () => {
    await watcher.until(({ sourceFrames }) => sourceFrames === 10);
    await watcher.more(4);
    return hear(await decodeSound(watcher.media(4)));
  };

  await t.step("numbers its segments alike on both", async () => {
    const uri = await until("a segment", () => lastSegment(url(one)).catch(() => null));
    await until("the same segment on the other", async () => {
      const response = await fetch(new URL(uri, url(two)));
      await response.body?.cancel();
      return response.status === 200;
    });
  });

  await t.step("is heard without a gap when the standby is promoted", async () => {
    const before = await rig.stream(two, "room");
    const last = new LiveWatcher(url(one), { mayMove: true });
    rig.add(last).start();
    await last.more(1);
    const promoted = { ...live, epoch: 2, mixerId: "mixer-2", standbyId: null };
    await rig.start("room", promoted);
    const { mixer } = await rig.room(
      "room",
      ({ mixer, standby }) => mixer?.epoch === 2 && standby === null,
    );
    assert.deepEqual([mixer?.mixerId, mixer?.status], ["mixer-2", "on_air"]);
    const { parts } = watcher.report();
    await watcher.more(6);
    const after = await rig.stream(two, "room");
    assert.deepEqual(
      [after.port, after.ffmpegPid, after.ffmpegRestarts],
      [before.port, before.ffmpegPid, before.ffmpegRestarts],
    );
    assert.ok(watcher.report().parts >= parts + 6);
    const sound = hear(await decodeSound(watcher.media(6)));
    assertTone(sound, 440);
    noFault();
    await until("the other mixer to let go", async () => {
      const streams: unknown[] = await (await fetch(`${one.url}/streams`)).json();
      return streams.length === 0;
    });
    assert.equal((await last.stop()).ended, false, "the broadcast is not over");
  });

  await t.step("goes on at a new port, with a new FFmpeg, when Janus is another", async () => {
    const before = await rig.stream(two, "room");
    const moved = {
      ...live,
      ...{ epoch: 3, mixerId: "mixer-2", standbyId: "mixer-1", janusId: "janus-2" },
    };
    await rig.start("room", moved);
    await rig.forwardToBoth("room", moved, 880, 17);
    const after = await rig.stream(
      two,
      "room",
      ({ port, flowing }) => port !== before.port && flowing,
    );
    assert.notEqual(after.ffmpegPid, before.ffmpegPid);
    assertTone(await heard(), 880);
    noFault();
  });

  await t.step("loses nothing when the two change places", async () => {
    const before = await rig.stream(two, "room");
    await rig.room("room", ({ standby }) => standby?.status === "on_air");
    await rig.start("room", {
      ...live,
      ...{ epoch: 4, mixerId: "mixer-1", standbyId: "mixer-2", janusId: "janus-2" },
    });
    const { mixer, standby } = await rig.room(
      "room",
      ({ mixer, standby }) => mixer?.epoch === 4 && standby?.epoch === 4,
    );
    assert.deepEqual([mixer?.mixerId, standby?.mixerId], ["mixer-1", "mixer-2"]);
    assertTone(await heard(), 880);
    assert.deepEqual(await rig.stream(two, "room"), {
      ...before,
      ...await rig.stream(two, "room"),
    });
    assert.equal((await rig.stream(two, "room")).ffmpegPid, before.ffmpegPid);
    noFault();
  });

  await t.step("leaves a mixer that is drained, and the mixer says so", async () => {
    await rig.put(drainKey("mixer", "mixer-2"), { orderedAt: Date.now(), deadlineS: 60 });
    await until("the mixer to say that it drains", async () => {
      const info = await rig.client.get(nodeKey("mixer", "mixer-2")).string();
      return info !== null && NodeInfo.parse(JSON.parse(info)).draining;
    });
    const drained = two.drain?.(60_000);
    await rig.start("room", { ...live, epoch: 5, standbyId: null, janusId: "janus-2" });
    await drained;
    await rig.room("room", ({ standby }) => standby === null);
    assert.equal((await watcher.stop()).ended, false);
  });

  await t.step("is gone from both when it is over", async () => {
    await rig.stop("room");
    await rig.room("room", ({ mixer, standby }) => mixer === null && standby === null);
  });
});
