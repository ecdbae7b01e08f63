import { basename } from "node:path";
import type { PortPoolClient } from "../../workers/port_pool_client.ts";
import { teePath } from "./ffmpeg_args.ts";
import { killProcess, processesCalledWith } from "./proc.ts";
import type { Swept } from "./sweep.ts";

/** What a mixer uses of its machine. */
export interface Belongings {
  readonly ffmpegPids: Iterable<number>;
  readonly pipes: Iterable<string>;
  readonly liveIds: Iterable<string>;
}

export interface LeftoversOptions {
  readonly ffmpeg: string;
  /** An absolute path that is this mixer's alone. */
  readonly pipeDir: string;
  readonly classicDir: string;
  /** What this mixer uses now. */
  readonly belongings: () => Belongings;
}

/** What a mixer may have left on its machine: processes, pipes and folders. */
export function leftovers(options: LeftoversOptions): Swept[] {
  const { ffmpeg, pipeDir, classicDir, belongings } = options;
  return [
    {
      what: "ffmpeg",
      found: () => ffmpegsOf(ffmpeg, pipeDir),
      wanted: () => [...belongings().ffmpegPids].map(String),
      remove: killProcess,
    },
    {
      what: "pipe",
      found: async () => (await namesIn(pipeDir)).map((name) => `${pipeDir}/${name}`),
      wanted: () => belongings().pipes,
      remove: (path) => Deno.remove(path, { recursive: true }),
    },
    {
      what: "hls_folder",
      found: () => namesIn(classicDir),
      wanted: () => belongings().liveIds,
      remove: (name) => Deno.remove(`${classicDir}/${name}`, { recursive: true }),
    },
  ];
}

/** RTP ports that the pool has given, and nobody uses. */
export function leftPorts(
  pool: Pick<PortPoolClient, "ports" | "release">,
  inUse: () => Iterable<number>,
): Swept {
  return {
    what: "port",
    found: () => Promise.resolve(pool.ports().map(String)),
    wanted: () => [...inUse()].map(String),
    remove: (port) => Promise.resolve(pool.release(Number(port))),
  };
}

async function namesIn(dir: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(dir)) names.push(name);
  return names;
}

/** The ids of FFmpeg processes that write to a pipe in the folder. */
async function ffmpegsOf(ffmpeg: string, pipeDir: string): Promise<string[]> {
  // The one becomes the other.
  const programs = ["setpriv", basename(ffmpeg)];
  const processes = await processesCalledWith(teePath(`${pipeDir}/`));
  return [...processes].flatMap(([pid, program]) =>
    programs.includes(basename(program)) ? [pid] : []
  );
}
