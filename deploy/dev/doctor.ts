import { installPackages } from "./packages.ts";
import { launcherDir, ROOT } from "./root.ts";

/** `roomcast doctor` with the settings of the launcher that runs here, if one does. */
Deno.chdir(ROOT);
const say = (line: string) => Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
try {
  await installPackages(say);
} catch (err) {
  say(err instanceof Error ? err.message : String(err));
  Deno.exit(1);
}
// Only now: it needs the packages.
const { readRunning } = await import("./running.ts");
const running = await readRunning(launcherDir());
const { code } = await new Deno.Command(Deno.execPath(), {
  args: ["run", "-A", "--no-check", "src/main.ts", "doctor"],
  env: { ...running?.env, ...Deno.env.toObject() },
}).spawn().status;
Deno.exit(code);
