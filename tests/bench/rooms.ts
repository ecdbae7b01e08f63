/**
 * What a live room costs: CPU of the mixer process, its FFmpeg processes and Janus with 1, 10 and 30 rooms on one
 * node, beside as many bare FFmpeg in the same seconds. Those get the mixes of AudioBridge rooms made alike: in a room
 * of ours the Janus Manager would remove a second forwarder.
 */
import { z } from "zod";
import type { Cluster } from "../../deploy/local/cluster.ts";
import { connectJanus } from "../../src/platform/janus/connect.ts";
import { FRAME_MS } from "../../src/contracts/media_clock.ts";
import { BareFfmpeg, rtpPort } from "./bare_ffmpeg.ts";
import { cpuOfAll, cpuSeconds, pssMb } from "./cpu.ts";
import { Caller, numberArgument, round, runBench, say } from "./support.ts";

const most = numberArgument("rooms", 30);
const seconds = numberArgument("seconds", 20);
/** How long all may settle before a measurement: V8 spends half a minute on compiling what runs often. */
const SETTLE_MS = 20_000;
/** How often a measurement is made again because an FFmpeg ended while it lasted. */
const TRIES = 5;

/** How many bare FFmpeg are sent the mix of one room. */
const BARE_PER_ROOM = 10;
/** The share of real time that must have been encoded for a measurement to count. */
const REAL_TIME = 0.98;

const Streams = z.array(z.object({
  ffmpegPid: z.number().nullable(),
  frames: z.object({ placed: z.number() }),
}));

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
    bare.push(await startBare(cluster, index));
  }
  say(`${count} rooms are on air`);
}

async function startBare(cluster: Cluster, index: number): Promise<BareFfmpeg> {
  const janus = await connectJanus({
    url: cluster.janusUrls[0] ?? "",
    apiSecret: cluster.secrets.janusApiSecret,
    adminKey: cluster.secrets.janusAdminKey,
  });
  const port = rtpPort();
  const ffmpeg = new BareFfmpeg(port, "null");
  const bridge = await janus.bridge();
  // Not named like a room of ours, so that the Janus Manager leaves it alone.
  const room = `bare-${Math.floor(index / BARE_PER_ROOM)}`;
  await bridge.ensureRoom(room);
  await bridge.forward(room, { host: "127.0.0.1", port, ssrc: port });
  await janus.stop();
  return ffmpeg;
}

/**
 * Measures until no FFmpeg of either kind ended meanwhile (a start costs as much as a minute) and all sound was
 * encoded (a Janus that lacks CPU sends less, which looks cheap).
 */
async function measureUndisturbed(
  cluster: Cluster,
  bare: BareFfmpeg[],
  rooms: number,
): Promise<Cost> {
  for (let tries = 1; tries <= TRIES; tries++) {
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const before = await lookAtStreams(cluster);
    const begun = performance.now();
    const cost = before.pids.length === rooms
      ? await measure(cluster, before.pids, bare.map(({ pid }) => pid)).catch(() => null)
      : null;
    const elapsedMs = performance.now() - begun;
    const after = await lookAtStreams(cluster);
    const share = (after.frames - before.frames) * FRAME_MS / elapsedMs / rooms;
    const same = String(after.pids) === String(before.pids) && bare.every(({ ended }) => !ended);
    if (cost !== null && same && share > REAL_TIME) return cost;
    say(
      same
        ? `the machine was too busy: ${round(share * 100)} % of the sound; measuring again`
        : "an FFmpeg ended in that time; measuring again",
    );
    for (const [index, ffmpeg] of bare.entries()) {
      if (ffmpeg.ended) bare[index] = await startBare(cluster, index);
    }
  }
  throw new Error(`${rooms} rooms never ran undisturbed: the machine is too busy`);
}

/** The FFmpeg processes of the mixer, room by room, and the frames they have given so far. */
async function lookAtStreams(cluster: Cluster): Promise<{ pids: number[]; frames: number }> {
  const response = await fetch(`${cluster.mixerUrls[0]}/streams`);
  const streams = Streams.parse(await response.json());
  return {
    pids: streams.flatMap(({ ffmpegPid }) => ffmpegPid === null ? [] : [ffmpegPid]),
    frames: streams.reduce((sum, { frames }) => sum + frames.placed, 0),
  };
}

async function measure(
  cluster: Cluster,
  ffmpegPids: readonly number[],
  barePids: readonly number[],
): Promise<Cost> {
  const rooms = ffmpegPids.length;
  const mixerPid = pidOf(cluster, "mixer-1");
  const janusPid = pidOf(cluster, "janus-gateway-1");
  const bareRooms = Math.ceil(rooms / BARE_PER_ROOM);
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
    janusCorePctPerRoom: round(percent("janus") * rooms / (rooms + bareRooms), 3),
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
