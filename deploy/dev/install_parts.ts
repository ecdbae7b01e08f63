import { findCommand, systemPath } from "../../src/doctor/find.ts";
import { type Part, PARTS } from "../../src/doctor/parts.ts";
import { aptProgress } from "./apt_progress.ts";
import { ROOT } from "./root.ts";
import { runSteps } from "./run_steps.ts";

/** Parts are missing and cannot be had; the message says how to get them. */
export class MissingPartsError extends Error {
  override readonly name = "MissingPartsError";
}

/**
 * Without policy-rc.d a package starts its service as soon as it is unpacked. One that is there already stays as it is;
 * ours goes away whatever happens. An installation that runs (a new machine updates itself) is waited for, and one that
 * was broken off is finished.
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
install() {
  apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=120 "$@"
}
apt-get update
install "$@" || { dpkg --configure -a && install "$@"; }
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
  const prefix = await rootPrefix(say);
  if (prefix === null) throw new MissingPartsError(advice(missing));
  say(`Installing ${packages.join(", ")} (Debian packages)…`);
  const [command = "sh", ...args] = [...prefix, "sh", "-c", INSTALL, "install", ...packages];
  const { lastLines } = await runSteps(command, args, aptProgress(packages, say));
  const still = missingParts(withTests);
  if (still.length === 0) return;
  throw new MissingPartsError(`${advice(still)}\napt-get said:\n${lastLines.join("\n")}`);
}

/** What goes before a command that needs root; null when we may not. At a terminal, sudo may ask for a password. */
async function rootPrefix(say: (line: string) => void): Promise<string[] | null> {
  if (findCommand("apt-get") === null) return null;
  if (Deno.uid() === 0) return [];
  if (findCommand("sudo") === null) return null;
  if (await sudo(["-n", "true"], "null")) return ["sudo", "-n"];
  if (!Deno.stdin.isTerminal()) return null;
  say("Debian packages are missing, and sudo asks who you are before it installs them.");
  return await sudo(["-v"], "inherit") ? ["sudo", "-n"] : null;
}

async function sudo(args: string[], stdio: "null" | "inherit"): Promise<boolean> {
  const { success } = await new Deno.Command("sudo", {
    args,
    env: { PATH: systemPath() },
    stdin: stdio,
    stdout: stdio,
    stderr: stdio,
  }).spawn().status;
  return success;
}

/** How a person can get the parts. */
export function advice(missing: readonly Part[]): string {
  return [
    `Missing on this machine: ${missing.map(({ name }) => name).join(", ")}. ` +
    "Only root may install them; on Debian 12, do this and try again:",
    `  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${
      missing.map((part) => part.package).join(" ")
    }`,
    "or run it all in a container, where the first start installs them:",
    `  docker run --rm -it --network host -v "${ROOT}":/roomcast -w /roomcast debian:12 ./denow task dev`,
  ].join("\n");
}
