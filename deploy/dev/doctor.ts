import { launcherDir, ROOT } from "./root.ts";
import { readRunning } from "./running.ts";

/** `roomcast doctor` with the settings of the launcher that runs here, if one does. */
Deno.chdir(ROOT);
const running = await readRunning(launcherDir());
const { code } = await new Deno.Command(Deno.execPath(), {
  args: ["run", "-A", "--no-check", "src/main.ts", "doctor"],
  env: { ...running?.env, ...Deno.env.toObject() },
}).spawn().status;
Deno.exit(code);
