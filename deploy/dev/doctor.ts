import { checkPort } from "../../src/doctor/check_ports.ts";
import { doctor } from "../../src/doctor/doctor.ts";
import { readConfig } from "../../src/platform/config.ts";
import { launcherDir, ROOT } from "./root.ts";
import { readRunning } from "./running.ts";
import { readLauncherSettings } from "./settings.ts";

/** `roomcast doctor`, and the front door, with the settings of the launcher that runs here, if one does. */
async function main(): Promise<boolean> {
  const running = await readRunning(launcherDir());
  const env = { ...running?.env, ...Deno.env.toObject() };
  const { ROOMCAST_HTTP_BIND: hostname, ROOMCAST_HTTP_PORT: port } = readLauncherSettings(env);
  const frontDoor = checkPort(
    "front door",
    "ROOMCAST_HTTP_PORT",
    { hostname, port },
    () => Promise.resolve(running !== null),
  );
  return await doctor(readConfig(env), say, [frontDoor]);
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

Deno.chdir(ROOT);
try {
  Deno.exit(await main() ? 0 : 1);
} catch (err) {
  say(err instanceof Error ? err.message : String(err));
  Deno.exit(1);
}
