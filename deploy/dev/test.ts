import { installParts } from "./install_parts.ts";
import type { Counts } from "./junit.ts";
import { buildPages } from "./pages.ts";
import { ROOT } from "./root.ts";
import { hasTests, runTests, SUITES } from "./run_tests.ts";

const USAGE =
  "deno task test [unit|rules|integration|e2e|chaos|<file>…] [--filter=… and other flags of deno test]";

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

/** Runs the suites asked for, all by default, and prints the sum as its last line. */
async function main(args: readonly string[]): Promise<boolean> {
  const flags = args.filter((arg) => arg.startsWith("-"));
  if (flags.includes("--help")) {
    say(USAGE);
    return true;
  }
  const wanted = args.filter((arg) => !arg.startsWith("-"));
  const files = wanted.filter((arg) => SUITES.every(({ name }) => name !== arg));
  const suites = SUITES.filter(({ name }) => wanted.length === 0 || wanted.includes(name));

  await installParts(say, true);
  await buildPages(say);

  const results: Counts[] = [];
  for (const suite of suites) {
    const folder = `tests/${suite.name}`;
    if (await hasTests(folder)) {
      results.push(await runTests([folder], [...suite.flags, ...flags]));
    }
  }
  if (files.length > 0) results.push(await runTests(files, flags));
  const sum = (key: keyof Counts) => results.reduce((total, counts) => total + counts[key], 0);
  say(`${sum("passed")} passed, ${sum("failed")} failed`);
  return sum("failed") === 0;
}

Deno.chdir(ROOT);
try {
  Deno.exit(await main(Deno.args) ? 0 : 1);
} catch (err) {
  say(err instanceof Error ? err.message : String(err));
  Deno.exit(1);
}
