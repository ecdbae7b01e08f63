/**
 * What a live room costs: CPU of the mixer process, its FFmpeg processes and Janus with 1, 10 and 30 rooms on one
 * node, beside as many bare FFmpeg in the same seconds. Each of those gets the mix of an AudioBridge room of its own,
 * made alike: in a room of ours the Janus Manager would remove a second forwarder.
 */
import { z } from "zod";
import type { Cluster } from "../../deploy/local/cluster.ts";
import { connectJanus } from "../../src/platform/janus/connect.ts";
import { BareFfmpeg, rtpPort } from "./bare_ffmpeg.ts";
import { cpuOfAll, cpuSeconds, pssMb } from "./cpu.ts";
import { Caller, numberArgument, round, runBench, say } from "./support.ts";

const most = numberArgument("rooms", 30);
const seconds = numberArgument("seconds", 20);
/** How long all may settle before a measurement: V8 spends half a minute on compiling what runs often. */
const SETTLE_MS = 20_000;
/** How often a measurement is made again because an FFmpeg ended while it lasted. */
const TRIES = 5;

const Streams = z.array(z.object({ roomId: z.string(), ffmpegPid: z.number().nullable() }));

interface Cost {
  readonly rooms: number;
  readonly mixerCorePctPerRoom: number;
  readonly ffmpegCorePctPerRoom: number;
  readonly janusCorePctPerRoom: number;
  readonly bareCorePctPerRoom: number;
  readonly mixerToBareRatio: number;
  readonly pssMbPerRoom: number;
}

await runBench({ gateways: 1 }, async (cluster) => {
  const caller = await Caller.guest(cluster.url);
  const bare: BareFfmpeg[] = [];
  const steps: Cost[] = [];
  try {
    for (const count of [1, 10, most].filter((count) => count <= most)) {
      await addRooms(cluster, caller, bare, count);
      const cost = await measureUndisturbed(cluster, bare, count);
      say(JSON.stringify(cost));
      steps.push(cost);
    }
  } finally {
    await Promise.all(bare.map((ffmpeg) => ffmpeg.stop()));
  }
  return { ...steps.at(-1), steps };
});

/** Starts rooms until there are `count`, and as many bare FFmpeg. */
async function addRooms(
  cluster: Cluster,
  caller: Caller,
  bare: BareFfmpeg[],
  count: number,
): Promise<void> {
  for (let index = bare.length; index < count; index++) {
    const room = `bench-room-${index}`;
    await caller.createRoom(room);
    await caller.start(room);
    await caller.until(room, "on_air");
    bare.push(await startBare(cluster));
  }
  say(`${count} rooms are on air`);
}

async function startBare(cluster: Cluster): Promise<BareFfmpeg> {
  const janus = await connectJanus({
    url: cluster.janusUrls[0] ?? "",
    apiSecret: cluster.secrets.janusApiSecret,
    adminKey: cluster.secrets.janusAdminKey,
  });
  const port = rtpPort();
  const ffmpeg = new BareFfmpeg(port, "null");
  const bridge = await janus.bridge();
  // Not named like a room of ours, so that the Janus Manager leaves it alone.
  await bridge.ensureRoom(`bare-${port}`);
  await bridge.forward(`bare-${port}`, { host: "127.0.0.1", port, ssrc: port });
  await janus.stop();
  return ffmpeg;
}

/** Measures until no FFmpeg of either kind ended or was restarted meanwhile: a start costs as much as a minute. */
async function measureUndisturbed(
  cluster: Cluster,
  bare: BareFfmpeg[],
  rooms: number,
): Promise<Cost> {
  for (let tries = 1; tries <= TRIES; tries++) {
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const ours = await ffmpegPids(cluster);
    if (ours.length === rooms && bare.every(({ ended }) => !ended)) {
      const cost = await measure(cluster, ours, bare.map(({ pid }) => pid)).catch(() => null);
      const same = String(await ffmpegPids(cluster)) === String(ours);
      if (cost !== null && same && bare.every(({ ended }) => !ended)) return cost;
    }
    say("an FFmpeg ended in that time: measuring again");
    for (const [index, ffmpeg] of bare.entries()) {
      if (ffmpeg.ended) bare[index] = await startBare(cluster);
    }
  }
  throw new Error(`FFmpeg processes kept ending with ${rooms} rooms; is the machine overloaded?`);
}

/** The FFmpeg processes of the mixer, room by room. */
async function ffmpegPids(cluster: Cluster): Promise<number[]> {
  const response = await fetch(`${cluster.mixerUrls[0]}/streams`);
  const streams = Streams.parse(await response.json());
  return streams.flatMap(({ ffmpegPid }) => ffmpegPid === null ? [] : [ffmpegPid]);
}

async function measure(
  cluster: Cluster,
  ffmpegPids: readonly number[],
  barePids: readonly number[],
): Promise<Cost> {
  const rooms = ffmpegPids.length;
  const mixerPid = pidOf(cluster, "mixer-1");
  const janusPid = pidOf(cluster, "janus-gateway-1");
  const read = () => ({
    mixer: cpuSeconds(mixerPid),
    ffmpeg: cpuOfAll(ffmpegPids),
    janus: cpuSeconds(janusPid),
    bare: cpuOfAll(barePids),
    at: performance.now(),
  });
  const before = read();
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const after = read();
  const elapsed = (after.at - before.at) / 1000;
  const percent = (key: "mixer" | "ffmpeg" | "janus" | "bare") =>
    (after[key] - before[key]) / elapsed / rooms * 100;
  return {
    rooms,
    mixerCorePctPerRoom: round(percent("mixer"), 3),
    ffmpegCorePctPerRoom: round(percent("ffmpeg"), 3),
    // It has a room for each bare FFmpeg too.
    janusCorePctPerRoom: round(percent("janus") / 2, 3),
    bareCorePctPerRoom: round(percent("bare"), 3),
    mixerToBareRatio: round((percent("mixer") + percent("ffmpeg")) / percent("bare"), 2),
    pssMbPerRoom: round(pssMb([mixerPid, ...ffmpegPids]) / rooms, 1),
  };
}

function pidOf(cluster: Cluster, name: string): number {
  const { pid } = cluster.process(name);
  if (pid === null) throw new Error(`${name} does not run`);
  return pid;
}
