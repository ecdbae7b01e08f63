import { countJunit, type Counts } from "./junit.ts";
import { ROOT } from "./root.ts";

/** The suites, the quickest to tell us something first. Unit tests share nothing, so they run side by side. */
export const SUITES = [
  { name: "unit", flags: ["--parallel"] },
  { name: "rules", flags: ["--parallel"] },
  { name: "integration", flags: [] },
  { name: "e2e", flags: [] },
  // A short part of it, always the same; all of it is `deno task test:chaos`.
  { name: "chaos", flags: [] },
] as const;
export type Suite = typeof SUITES[number];

/**
 * Runs tests with `deno test`, whose output goes to the terminal.
 *
 * @param paths Files and folders, from the project's root.
 * @returns How they went. A run that broke off counts as one failure more.
 */
export async function runTests(
  paths: readonly string[],
  flags: readonly string[],
): Promise<Counts> {
  const report = await Deno.makeTempFile({ suffix: ".xml" });
  try {
    const { success } = await new Deno.Command(Deno.execPath(), {
      // Types are checked by `task check`, once.
      args: ["test", "-A", "--no-check", `--junit-path=${report}`, ...flags, ...paths],
      cwd: ROOT,
      stdin: "null",
    }).spawn().status;
    const counts = countJunit(await Deno.readTextFile(report));
    return success || counts.failed > 0 ? counts : { ...counts, failed: 1 };
  } finally {
    await Deno.remove(report);
  }
}

/** Whether a folder holds a test. */
export async function hasTests(folder: string): Promise<boolean> {
  try {
    for await (const { name } of Deno.readDir(`${ROOT}/${folder}`)) {
      if (/[._]test\.ts$/.test(name)) return true;
    }
  } catch (err) {
    if (!(err instanceof Deno.errors.NotFound)) throw err;
  }
  return false;
}
