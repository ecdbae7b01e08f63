import { ROOT } from "./root.ts";
import { runSteps } from "./run_steps.ts";
import { readStamp, stampOf, writeStamp } from "./stamp.ts";

/**
 * Gets the npm packages of deno.lock when they are not here, or when the lock changed since they came.
 *
 * @throws Error with the last lines of what went wrong.
 */
export async function installPackages(say: (line: string) => void): Promise<void> {
  const name = "packages";
  const stamp = await stampOf(["deno.lock"]);
  const last = await readStamp(name);
  const here = await exists(`${ROOT}/node_modules`);
  if (here && (last === stamp || last === null)) {
    if (last === null) await writeStamp(name, stamp);
    return;
  }
  say("Getting the npm packages…");
  const { ok, lastLines } = await runSteps(Deno.execPath(), [
    "install",
    "--frozen",
    "--config",
    `${ROOT}/deno.json`,
  ]);
  if (!ok) throw new Error(`Cannot get the npm packages:\n${lastLines.join("\n")}`);
  await writeStamp(name, stamp);
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch {
    return false;
  }
}
