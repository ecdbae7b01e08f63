import type { Facts, Rule } from "../invariants/facts.ts";
import { settled } from "../invariants/settled.ts";
import type { StreamLog } from "../invariants/stream_log.ts";
import { LiveWatcher, type WatchReport } from "../support/hls/live_watcher.ts";
import { decodeSound } from "../support/tone.ts";
import type { Fault } from "./fault.ts";
import { listenFor } from "./hearing.ts";
import type { Random } from "./random.ts";
import { hasSound, isBack, type Watch } from "./sound.ts";
import { type ChaosRoom, STRAY_HZ, type World } from "./world.ts";

/** What one room had of a fault. Times in seconds. */
export interface Suffered {
  readonly room: ChaosRoom;
  readonly hit: boolean;
  readonly stallS: number;
  readonly silenceS: number;
  /** From the fault to the speaker's seat; null when the speaker kept it. */
  readonly rejoinS: number | null;
  readonly wrongRoomS: number;
  readonly brokenRules: readonly string[];
}

/** What came of one fault. */
export interface Strike {
  readonly fault: string;
  readonly victim: string;
  readonly suffered: readonly Suffered[];
  readonly invariantBreaks: readonly string[];
}

export interface StrikeOptions {
  readonly world: World;
  readonly fault: Fault;
  readonly victim: ChaosRoom;
  readonly random: Random;
  readonly streams: StreamLog;
  readonly collect: () => Promise<Facts>;
  readonly rules: readonly Rule[];
}

/** How long (ms) all invariants may take to hold again. */
const SETTLE_LIMIT_MS = 60_000;
/** Parts watched before the fault, and after the rooms are back: about a second and two. */
const BEFORE = 4;
const AFTER = 10;

/** Lets one fault happen to live rooms, waits until all is well again, and says what listeners had of it. */
export async function strike(options: StrikeOptions): Promise<Strike> {
  const { world, fault, victim, random, collect, rules, streams } = options;
  const breaks: string[] = [];
  const note = (err: unknown) => void breaks.push(err instanceof Error ? err.message : String(err));
  const watches = world.rooms.map((room) => ({
    room,
    watcher: new LiveWatcher(`${world.cluster.url}/hls/${room.id}/live.m3u8`, { mayMove: true }),
  }));
  for (const { watcher } of watches) watcher.start();
  await Promise.all(watches.map((watch) => hasSound(watch, BEFORE).catch(note)));
  const at = performance.now();
  try {
    const heal = await fault.begin({ world, victim, random });
    await new Promise((resolve) => setTimeout(resolve, fault.lastsMs));
    await heal();
  } catch (err) {
    note(err);
  }
  await Promise.all(watches.map((watch) => isBack(world, watch, AFTER).catch(note)));
  breaks.push(...await reviveDead(world));
  const suffered = await Promise.all(
    watches.map((watch) => measure(options, watch, at, note)),
  );
  for (const { room, watcher } of watches) {
    const last = watcher.parts.at(-1);
    const live = world.record(room.id).livemeta !== null;
    if (last) {
      streams.see(room.id, { mediaSequence: last.msn, ended: watcher.report().ended, live });
    }
  }
  breaks.push(...await settled({ collect, rules, limitMs: SETTLE_LIMIT_MS }), ...streams.take());
  return { fault: fault.name, victim: victim.id, suffered, invariantBreaks: breaks };
}

/** Starts what ended although no fault ended it, and tells of it. */
async function reviveDead({ cluster }: World): Promise<string[]> {
  const dead = [...cluster.processes.values()].filter(({ pid }) => pid === null);
  return await Promise.all(dead.map(async (process) => {
    const log = await Deno.readTextFile(process.logFile);
    await process.start();
    return `${process.name} ended by itself: ${log.trim().split("\n").at(-1)?.slice(0, 200)}`;
  }));
}

async function measure(
  { world, victim }: StrikeOptions,
  { room, watcher }: Watch,
  at: number,
  note: (err: unknown) => void,
): Promise<Suffered> {
  const report: WatchReport = await watcher.stop();
  const others = [...world.rooms.map(({ hz }) => hz).filter((hz) => hz !== room.hz), STRAY_HZ];
  const sound = report.parts > 0
    ? await decodeSound(watcher.media(report.parts))
    : new Float32Array();
  const heard = listenFor(sound, room.hz, others);
  if (!heard.voiceAtEnd) note(`${room.id} is silent still`);
  const rejoined = (await room.speaker.seats()).filter((seat) => seat > at).at(-1);
  return {
    room,
    hit: room === victim,
    stallS: report.stalledMs / 1000,
    silenceS: heard.silenceS,
    rejoinS: rejoined === undefined ? null : (rejoined - at) / 1000,
    wrongRoomS: heard.foreignS,
    brokenRules: report.brokenRules,
  };
}
