import { accepts, type LocalProcess, startProcess, waitUntil } from "./process.ts";

export interface LocalRedis extends LocalProcess {
  readonly url: string;
}

/** Starts one Redis with its data in `dir`. */
export async function startRedis(
  options: { dir: string; port: number; logFile: string },
): Promise<LocalRedis> {
  const { dir, port, logFile } = options;
  await Deno.mkdir(dir, { recursive: true });
  const process = await startProcess({
    name: "redis",
    command: "redis-server",
    args: [
      ...["--port", String(port), "--bind", "127.0.0.1", "--dir", dir],
      ...["--appendonly", "yes", "--save", "", "--daemonize", "no"],
    ],
    logFile,
  });
  await waitUntil(process, logFile, () => accepts(port));
  return { ...process, url: `redis://127.0.0.1:${port}` };
}
