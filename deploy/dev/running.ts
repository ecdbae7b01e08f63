import { z } from "zod";

/** What a launcher that runs says of itself, for the doctor. */
const Running = z.object({ pid: z.number().int(), env: z.record(z.string(), z.string()) });
export type RunningLauncher = z.infer<typeof Running>;

const FILE = "dev.json";

export async function writeRunning(dir: string, env: Record<string, string>): Promise<void> {
  const running: RunningLauncher = { pid: Deno.pid, env };
  await Deno.writeTextFile(`${dir}/${FILE}`, JSON.stringify(running), { mode: 0o600 });
}

export async function removeRunning(dir: string): Promise<void> {
  await Deno.remove(`${dir}/${FILE}`).catch(() => {});
}

/** The settings of the launcher that runs in this folder, or null. */
export async function readRunning(dir: string): Promise<RunningLauncher | null> {
  try {
    const running = Running.parse(JSON.parse(await Deno.readTextFile(`${dir}/${FILE}`)));
    await Deno.stat(`/proc/${running.pid}`);
    return running;
  } catch {
    return null;
  }
}
