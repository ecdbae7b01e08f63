import { ROOT } from "./root.ts";
import { runSteps } from "./run_steps.ts";
import { readStamp, stampOf, writeStamp } from "./stamp.ts";

const NAME = "pages";

/**
 * Builds the pages when their sources changed since the last time.
 *
 * @throws Error with the last lines of what went wrong.
 */
export async function buildPages(say: (line: string) => void): Promise<void> {
  const stamp = await stampOf(["web", "src/contracts", "deno.lock"]);
  if (await readStamp(NAME) === stamp && await isBuilt()) return;
  say("Building the pages…");
  const { ok, lastLines } = await runSteps(Deno.execPath(), [
    "task",
    "--config",
    `${ROOT}/deno.json`,
    "web:build",
  ]);
  if (!ok) throw new Error(`Cannot build the pages:\n${lastLines.join("\n")}`);
  await writeStamp(NAME, stamp);
}

async function isBuilt(): Promise<boolean> {
  try {
    return (await Deno.stat(`${ROOT}/web/dist/index.html`)).isFile;
  } catch {
    return false;
  }
}
