/**
 * How long a start takes: from `POST start` to the first part through nginx that holds frames from FFmpeg, beside a
 * bare FFmpeg on an Opus RTP input from its spawn to its 10th ADTS frame, in turn.
 */
import { SOURCE_FRAMES_HEADER } from "../../src/contracts/hls.ts";
import { SEGMENT_FRAMES } from "../../src/contracts/media_clock.ts";
import { BareFfmpeg, OpusSender } from "./bare_ffmpeg.ts";
import { Caller, numberArgument, percentile, round, runBench, say } from "./support.ts";

const times = numberArgument("times", 20);
const partFrames = numberArgument("part-frames", 10) === 5 ? 5 : 10;

await runBench({ partFrames }, async (cluster) => {
  const caller = await Caller.guest(cluster.url);
  const sender = await OpusSender.start();
  const starts: number[] = [];
  const bare: number[] = [];
  try {
    await caller.createRoom("bench-start");
    // One of each that is not counted: caches and connections are warm for both.
    for (let i = 0; i <= times; i++) {
      const startMs = await timeStart(cluster.url, caller);
      const ffmpegMs = await timeFfmpeg(sender.port);
      if (i === 0) continue;
      starts.push(startMs);
      bare.push(ffmpegMs);
      say(`${i}/${times}: start ${round(startMs)} ms, bare FFmpeg ${round(ffmpegMs)} ms`);
    }
  } finally {
    await sender.stop();
  }
  const startP50Ms = percentile(starts, 0.5);
  const ffmpegP50Ms = percentile(bare, 0.5);
  return {
    startP50Ms: round(startP50Ms),
    startP95Ms: round(percentile(starts, 0.95)),
    ffmpegP50Ms: round(ffmpegP50Ms),
    startToFfmpegRatio: round(startP50Ms / ffmpegP50Ms, 2),
    partFrames,
  };
});

async function timeStart(url: string, caller: Caller): Promise<number> {
  const begun = performance.now();
  await caller.start("bench-start");
  await firstSound(url);
  const took = performance.now() - begun;
  await caller.stop("bench-start");
  await caller.until("bench-start", "idle");
  return took;
}

/** Follows the preload hint until a part holds frames from FFmpeg. */
async function firstSound(url: string): Promise<void> {
  const base = `${url}/hls/bench-start`;
  const playlist = await fetch(`${base}/live.m3u8`);
  const text = await playlist.text();
  const [, liveId, msn, part] =
    /PRELOAD-HINT:TYPE=PART,URI="(\w+)\/(\d+)\.(\d+)\.m4s"/.exec(text) ??
      [];
  if (liveId === undefined) throw new Error(`no preload hint: ${playlist.status} ${text}`);
  const perSegment = SEGMENT_FRAMES / partFrames;
  for (let index = Number(msn) * perSegment + Number(part);; index++) {
    const uri = `${liveId}/${Math.floor(index / perSegment)}.${index % perSegment}.m4s`;
    const response = await fetch(`${base}/${uri}`);
    await response.body?.cancel();
    if (!response.ok) throw new Error(`${uri}: ${response.status}`);
    if (Number(response.headers.get(SOURCE_FRAMES_HEADER)) > 0) return;
  }
}

async function timeFfmpeg(port: number): Promise<number> {
  const begun = performance.now();
  const ffmpeg = new BareFfmpeg(port);
  await ffmpeg.frames(10);
  const took = performance.now() - begun;
  await ffmpeg.stop();
  return took;
}
