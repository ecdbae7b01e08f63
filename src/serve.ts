import { AppError } from "./contracts/errors.ts";
import { type Config, ConfigError } from "./platform/config.ts";
import { Lifecycle } from "./platform/lifecycle.ts";
import { createLog } from "./platform/log.ts";
import { VERSION } from "./platform/version.ts";
import { type RoleName, ROLES } from "./roles.ts";

/** A role that cannot start; the message is one readable line. */
export class ServeError extends Error {
  override readonly name = "ServeError";
}

/** How long (ms) a process may take to stop before it leaves anyway. */
const STOP_LIMIT_MS = 8000;

/**
 * Plays the roles until SIGINT or SIGTERM, then stops them, newest first. A second signal ends the process
 * at once.
 *
 * @throws ServeError when one of them cannot start; those already running are stopped first.
 */
export async function serve(names: readonly RoleName[], config: Config): Promise<void> {
  const log = createLog(config.ROOMCAST_LOG_LEVEL, { node: config.ROOMCAST_NODE_ID });
  const lifecycle = new Lifecycle(log);
  const asked = onSignal();
  for (const name of names) {
    try {
      const start = await ROLES[name].load();
      const starting = start({ config, log: log.child({ role: name }) });
      const role = await Promise.race([starting, asked]);
      if (typeof role === "string") break;
      lifecycle.add(name, role);
      log.info({ role: name, url: role.url, version: VERSION }, "role is running");
    } catch (cause) {
      await lifecycle.stop();
      throw new ServeError(startFailure(name, config, cause), { cause });
    }
  }
  log.info({ signal: await asked }, "stopping");
  const hurry = setTimeout(() => {
    log.error({ ms: STOP_LIMIT_MS }, "a role did not stop in time");
    Deno.exit(1);
  }, STOP_LIMIT_MS);
  await lifecycle.stop();
  clearTimeout(hurry);
}

/** Why a role could not start, in one line that says what to change. */
export function startFailure(name: RoleName, config: Config, cause: unknown): string {
  const setting = ROLES[name].port;
  if (cause instanceof Deno.errors.AddrInUse && setting !== null) {
    return `Cannot start ${name}: port ${config[setting]} is taken; ` +
      `set ${setting} to a free one, or end what listens there`;
  }
  if (cause instanceof Deno.errors.PermissionDenied && setting !== null) {
    return `Cannot start ${name}: no permission to listen on port ${config[setting]} (${setting})`;
  }
  if (cause instanceof AppError) return withCannot(name, cause.detail);
  if (cause instanceof ConfigError) return cause.message;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return withCannot(name, reason);
}

/** One line; a reason that says what cannot be done already stays as it is. */
function withCannot(name: RoleName, reason: string): string {
  const [line = ""] = reason.split("\n");
  return line.startsWith("Cannot ") ? line : `Cannot start ${name}: ${line}`;
}

function onSignal(): Promise<Deno.Signal> {
  return new Promise((resolve) => {
    let asked = false;
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      Deno.addSignalListener(signal, () => {
        if (asked) Deno.exit(130);
        asked = true;
        resolve(signal);
      });
    }
  });
}
