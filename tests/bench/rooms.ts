/**
 * What a live room costs: CPU of the mixer process, its FFmpeg processes and Janus with 1, 10 and 30 rooms on one
 * node, beside as many bare FFmpeg on the same mixes (a second forwarder of each room), in the same seconds.
 */
import { z } from "zod";
import type { Cluster } from "../../deploy/local/cluster.ts";
import { connectJanus } from "../../src/platform/janus/connect.ts";
import { bridgeRoom } from "../../src/contracts/janus.ts";
import { BareFfmpeg, rtpPort } from "./bare_ffmpeg.ts";
import { cpuOfAll, cpuSeconds, pssMb } from "./cpu.ts";
import { Caller, numberArgument, round, runBench, say } from "./support.ts";

const most = numberArgument("rooms", 30);
const seconds = numberArgument("seconds", 20);
/** How long FFmpeg and Janus may settle before a measurement. */
const SETTLE_MS = 4000;

const Streams = z.array(z.object({ roomId: z.string(), ffmpegPid: z.number() }));

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
    for (const count of [1, 10, most]) {
      await addRooms(cluster, caller, bare, count);
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
      const cost = await measure(cluster, bare, count);
      say(JSON.stringify(cost));
      steps.push(cost);
    }
  } finally {
    await Promise.all(bare.map((ffmpeg) => ffmpeg.stop()));
  }
  return { ...steps.at(-1), steps };
});

/** Starts rooms until there are `count`, each with a bare FFmpeg on a second forwarder of its mix. */
async function addRooms(
  cluster: Cluster,
  caller: Caller,
  bare: BareFfmpeg[],
  count: number,
): Promise<void> {
  const janus = await connectJanus({
    url: cluster.janusUrls[0] ?? "",
    apiSecret: cluster.secrets.janusApiSecret,
    adminKey: cluster.secrets.janusAdminKey,
  });
  const bridge = await janus.bridge();
  for (let index = bare.length; index < count; index++) {
    const id = `bench-room-${index}`;
    await caller.createRoom(id);
    await caller.start(id);
    await caller.until(id, "on_air");
    const port = rtpPort();
    const ffmpeg = new BareFfmpeg(port, "null");
    bare.push(ffmpeg);
    await bridge.forward(bridgeRoom(id), { host: "127.0.0.1", port, ssrc: 1_000_000 + index });
  }
  await janus.stop();
  say(`${count} rooms are on air`);
}

async function measure(cluster: Cluster, bare: BareFfmpeg[], rooms: number): Promise<Cost> {
  const mixerPid = pidOf(cluster, "mixer-1");
  const janusPid = pidOf(cluster, "janus-gateway-1");
  const response = await fetch(`${cluster.mixerUrls[0]}/streams`);
  const ffmpegPids = Streams.parse(await response.json()).map(({ ffmpegPid }) => ffmpegPid);
  if (ffmpegPids.length !== rooms) throw new Error(`${ffmpegPids.length} streams, not ${rooms}`);
  const barePids = bare.map(({ pid }) => pid);
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
    janusCorePctPerRoom: round(percent("janus"), 3),
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
