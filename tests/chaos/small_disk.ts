import type { Running } from "../../src/platform/lifecycle.ts";

/** Enough for the classic segments of a few rooms. */
const SIZE = "8m";

/** Makes a folder a disk of its own that is soon full, or gives null where that is not allowed. */
export async function giveSmallDisk(dir: string): Promise<Running | null> {
  await Deno.mkdir(dir, { recursive: true });
  if (!await run("mount", ["-t", "tmpfs", "-o", `size=${SIZE}`, "tmpfs", dir])) return null;
  return { stop: async () => void await run("umount", ["-l", dir]) };
}

async function run(command: string, args: readonly string[]): Promise<boolean> {
  try {
    const { success } = await new Deno.Command(command, {
      args: [...args],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).output();
    return success;
  } catch {
    return false;
  }
}
