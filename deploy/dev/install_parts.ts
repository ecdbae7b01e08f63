import { findCommand, systemPath } from "../../src/doctor/find.ts";
import { type Part, PARTS } from "../../src/doctor/parts.ts";
import { runSteps } from "./run_steps.ts";

/** Parts are missing and cannot be had; the message says how to get them. */
export class MissingPartsError extends Error {
  override readonly name = "MissingPartsError";
}

/**
 * Without policy-rc.d a package starts its service as soon as it is unpacked. One that is there already stays as it is;
 * ours goes away whatever happens.
 */
const INSTALL = `
set -e
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 130' INT TERM HUP
  printf '#!/bin/sh\\nexit 101\\n' > "$policy"
  chmod 755 "$policy"
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install -y --no-install-recommends "$@"
`;

/** The parts that are not on this machine. */
export function missingParts(withTests: boolean): Part[] {
  return PARTS.filter(({ command, testsOnly }) =>
    (withTests || testsOnly !== true) && findCommand(command) === null
  );
}

/**
 * Installs what is missing with apt-get, without starting a service.
 *
 * @param withTests True: also what only the tests need.
 * @throws MissingPartsError when this user or machine cannot.
 */
export async function installParts(
  say: (line: string) => void,
  withTests = false,
): Promise<void> {
  const missing = missingParts(withTests);
  if (missing.length === 0) return;
  const packages = missing.map((part) => part.package);
  const prefix = await rootPrefix();
  if (prefix === null) throw new MissingPartsError(advice(missing));
  say(`Installing ${packages.join(", ")} (Debian packages)…`);
  const [command = "sh", ...args] = [...prefix, "sh", "-c", INSTALL, "install", ...packages];
  const { ok, lastLines } = await runSteps(command, args, (line) => {
    const [, step] = /^(?:Unpacking|Setting up) (\S+)/.exec(line) ?? [];
    if (step !== undefined && line.startsWith("Setting up")) say(`  ${step.replace(/:\w+$/, "")}`);
  });
  const still = missingParts(withTests);
  if (ok && still.length === 0) return;
  throw new MissingPartsError(`${advice(still)}\napt-get said:\n${lastLines.join("\n")}`);
}

/** What goes before a command that needs root; null when we may not. */
async function rootPrefix(): Promise<string[] | null> {
  if (findCommand("apt-get") === null) return null;
  if (Deno.uid() === 0) return [];
  if (findCommand("sudo") === null) return null;
  const { success } = await new Deno.Command("sudo", {
    args: ["-n", "true"],
    env: { PATH: systemPath() },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).output();
  return success ? ["sudo", "-n"] : null;
}

/** How a person can get the parts. */
export function advice(missing: readonly Part[]): string {
  return [
    `Missing on this machine: ${missing.map(({ name }) => name).join(", ")}. Install with:`,
    `  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${
      missing.map((part) => part.package).join(" ")
    }`,
    "or run it all in a container of Debian 12:",
    '  docker run --rm -it --network host -v "$PWD":/roomcast -w /roomcast debian:12 ./denow task dev',
  ].join("\n");
}
