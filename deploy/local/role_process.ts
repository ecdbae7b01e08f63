import { flagsOfRoles } from "../../src/permissions/flags_of.ts";
import type { RoleProcess } from "./cluster_plan.ts";
import { etcdAccess } from "../../src/coordination/etcd_access.ts";
import { EtcdHttp } from "../../src/coordination/etcd_http.ts";
import { readConfig } from "../../src/platform/config.ts";
import { nodeReady } from "./node_ready.ts";
import { type Identity, type LocalProcess, startProcess, waitUntil } from "./process.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** How long (ms) a role may take to come up; a cold machine compiles a lot of JavaScript. */
const LIMIT_MS = 40_000;

/** A made `roomcast`, to be run instead of the sources. */
export interface Program {
  readonly path: string;
  /** The folder it is called from. */
  readonly cwd: string;
  /** The user it runs as; default: the one who calls. */
  readonly user?: Identity;
}

/**
 * Starts a role in a process of its own, which may do what the role needs and no more. Resolves once it answers; a media
 * node, once it can take rooms.
 *
 * @throws StartError when it does not come up.
 */
export async function startRole(
  plan: RoleProcess,
  options: {
    etcdUrl: string;
    logFile: string;
    env: Readonly<Record<string, string>>;
    program?: Program | undefined;
  },
): Promise<LocalProcess> {
  const { name, role, url } = plan;
  const env = { ...plan.env, ...options.env };
  // The clock of a process that starts now may be rounded down.
  const since = Date.now() - 1000;
  const process = await startProcess({
    name,
    ...options.program ? made(options.program, role) : fromSources(role, env),
    // The name matters only with OTEL_DENO, which a role has from whoever starts it.
    env: { OTEL_SERVICE_NAME: `roomcast-${name}`, ...env },
    logFile: options.logFile,
    // SIGTERM would have it hand its rooms over first.
    stopSignal: "SIGINT",
  });
  // The cluster's own etcd; a node's may be behind a proxy that is cut.
  using etcd = new EtcdHttp(
    etcdAccess(
      readConfig({
        ...Deno.env.toObject(),
        ...env,
        ...options.env,
        ROOMCAST_ETCD: options.etcdUrl,
      }),
    ),
  );
  const checks = [
    () => isAlive(url),
    ...(role === "janus" || role === "mixer" ? [() => nodeReady(etcd, role, name, since)] : []),
  ];
  for (const check of checks) await waitUntil(process, options.logFile, check, LIMIT_MS);
  return process;
}

function made({ path, cwd, user }: Program, role: string) {
  return { command: path, args: ["serve", role], cwd, ...(user === undefined ? {} : { user }) };
}

function fromSources(role: string, env: Readonly<Record<string, string>>) {
  const flags = flagsOfRoles([role], { ...Deno.env.toObject(), ...env });
  return {
    command: Deno.execPath(),
    args: ["run", ...flags, "--no-check", "--cached-only", "src/main.ts", "serve", role],
    cwd: ROOT,
  };
}

async function isAlive(url: string): Promise<boolean> {
  const response = await fetch(`${url}/livez`, { signal: AbortSignal.timeout(2000) });
  await response.body?.cancel();
  return response.ok;
}
