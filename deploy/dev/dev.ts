import { installParts } from "./install_parts.ts";
import { launch } from "./launch.ts";
import { lockFolder } from "./lock.ts";
import { launcherDir, ROOT } from "./root.ts";

/** One Ctrl-C arrives twice, from the terminal and from `deno task`: within so many ms it is the same one. */
const SAME_REQUEST_MS = 500;

/** Resolves at the first request to stop; a second one ends the process, and with it everything it started. */
function askedToStop(): Promise<void> {
  return new Promise((resolve) => {
    let askedAt: number | null = null;
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      Deno.addSignalListener(signal, () => {
        const now = performance.now();
        if (!running || (askedAt !== null && now - askedAt > SAME_REQUEST_MS)) Deno.exit(130);
        askedAt ??= now;
        resolve();
      });
    }
  });
}

function say(line: string): void {
  try {
    Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
  } catch { /* nobody reads any more: the terminal is gone */ }
}

/** False until there is something that can be stopped in order. */
let running = false;

try {
  Deno.chdir(ROOT);
  const stopped = askedToStop();
  const dir = launcherDir();
  await lockFolder(dir);
  await installParts(say);
  await launch(dir, say, () => {
    running = true;
    return stopped;
  });
  Deno.exit(0);
} catch (err) {
  say(err instanceof Error ? err.message : String(err));
  Deno.exit(1);
}
