import type { Config } from "../platform/config.ts";
import type { Finding } from "./finding.ts";
import { checkParts } from "./check_parts.ts";
import { checkServices } from "./check_services.ts";
import { checkPorts } from "./check_ports.ts";
import { checkFolders } from "./check_folders.ts";

/**
 * Checks every part and prints a line for each, with how to fix what is not right.
 *
 * @param more What is to be checked beside the program itself.
 * @returns True when all is well.
 */
export async function doctor(
  config: Config,
  print: (line: string) => void,
  more: readonly Promise<Finding>[] = [],
): Promise<boolean> {
  const findings: Finding[] = (await Promise.all([
    checkParts(),
    checkServices(config),
    checkPorts(config),
    Promise.all(more),
    checkFolders(config),
  ])).flat();
  const width = Math.max(...findings.map(({ what }) => what.length));
  for (const { ok, what, detail, fix } of findings) {
    print(`${ok ? "✓" : "✗"} ${what.padEnd(width)}  ${detail}`);
    if (fix !== undefined) print(`  ${" ".repeat(width)}  → ${fix}`);
  }
  const wrong = findings.filter(({ ok }) => !ok).length;
  print("");
  print(wrong === 0 ? "All is well." : `${wrong} of ${findings.length} need a hand.`);
  return wrong === 0;
}
