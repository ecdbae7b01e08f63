import type { RoleProcess } from "./cluster_plan.ts";
import { nodeReady } from "./node_ready.ts";
import { type LocalProcess, startProcess, waitUntil } from "./process.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** How long (ms) a role may take to come up; a cold machine compiles a lot of JavaScript. */
const LIMIT_MS = 40_000;

/**
 * Starts a role in a process of its own. Resolves once it answers; a media node, once it can take rooms.
 *
 * @throws StartError when it does not come up.
 */
export async function startRole(
  plan: RoleProcess,
  options: { etcdUrl: string; logFile: string; env: Readonly<Record<string, string>> },
): Promise<LocalProcess> {
  const { name, role, url, env } = plan;
  // The clock of a process that starts now may be rounded down.
  const since = Date.now() - 1000;
  const process = await startProcess({
    name,
    command: Deno.execPath(),
    args: ["run", "-A", "--no-check", "--cached-only", "src/main.ts", "serve", role],
    cwd: ROOT,
    // Matters only with OTEL_DENO, which a role has from whoever starts it.
    env: { OTEL_SERVICE_NAME: `roomcast-${name}`, ...env, ...options.env },
    logFile: options.logFile,
    // SIGTERM would have it hand its rooms over first.
    stopSignal: "SIGINT",
  });
  const checks = [
    () => isAlive(url),
    ...(role === "janus" || role === "mixer"
      ? [() => nodeReady(options.etcdUrl.split(",")[0] ?? "", role, name, since)]
      : []),
  ];
  for (const check of checks) await waitUntil(process, options.logFile, check, LIMIT_MS);
  return process;
}

async function isAlive(url: string): Promise<boolean> {
  const response = await fetch(`${url}/livez`, { signal: AbortSignal.timeout(2000) });
  await response.body?.cancel();
  return response.ok;
}
