import { AppError } from "./contracts/errors.ts";
import type { DrainOrder } from "./contracts/faults.ts";
import type { NodeKind } from "./contracts/node.ts";
import { type Config, ConfigError } from "./platform/config.ts";
import { Lifecycle } from "./platform/lifecycle.ts";
import { createLog, type Log } from "./platform/log.ts";
import { keepMetricsOf } from "./platform/metrics.ts";
import { processMetrics } from "./platform/process_metrics.ts";
import { VERSION } from "./platform/version.ts";
import { type RoleName, ROLES } from "./roles.ts";
import { type StopSignal, StopSignals } from "./signals.ts";

/** A role that cannot start; the message is one readable line. */
export class ServeError extends Error {
  override readonly name = "ServeError";
}

/** How long (ms) a process may take to stop before it leaves anyway. */
const STOP_LIMIT_MS = 8000;

/**
 * Plays the roles until SIGINT, SIGTERM or an order to drain one of its nodes, then stops them, newest first. SIGTERM and
 * an order let the media roles hand their rooms over first, for so long as they may. A signal during that stops them
 * at once, and one while they stop ends the process.
 *
 * @throws ServeError when one of them cannot start; those already running are stopped first.
 */
export async function serve(names: readonly RoleName[], config: Config): Promise<void> {
  const log = createLog(config.ROOMCAST_LOG_LEVEL, { node: config.ROOMCAST_NODE_ID });
  const lifecycle = new Lifecycle(log);
  keepMetricsOf(names);
  lifecycle.add("metrics", processMetrics(names, config.ROOMCAST_NODE_ID));
  const signals = new StopSignals();
  const asked = signals.next();
  const drains: Drain[] = [];
  const kinds: NodeKind[] = [];
  for (const name of names) {
    try {
      const start = await ROLES[name].load();
      const starting = start({ config, log: log.child({ role: name }) });
      const role = await Promise.race([starting, asked]);
      if (typeof role === "string") return await leave(lifecycle, signals, log, role);
      lifecycle.add(name, role);
      if (role.drain !== undefined) drains.push((limitMs) => role.drain?.(limitMs));
      if (name === "janus" || name === "mixer") kinds.push(name);
      log.info({ role: name, url: role.url, version: VERSION }, "role is running");
    } catch (cause) {
      await lifecycle.stop();
      throw new ServeError(startFailure(name, config, cause), { cause });
    }
  }
  const orders = await watchOrders(kinds, config, log);
  const why = await Promise.race([asked, ...(orders === null ? [] : [orders.first])]);
  const limitMs = drainMs(why, config);
  if (limitMs > 0 && drains.length > 0) {
    log.info({ reason: reasonOf(why), limitMs }, "draining");
    const drained = Promise.all(drains.map((drain) => drain(limitMs)));
    await Promise.race([drained, typeof why === "string" ? signals.next() : asked]);
  }
  await leave(lifecycle, signals, log, reasonOf(why));
  await orders?.stop();
}

type Drain = (limitMs: number) => Promise<void> | undefined;

/** How long (ms) the media roles may take to hand their rooms over; 0: they need not. */
export function drainMs(why: StopSignal | DrainOrder, config: Config): number {
  if (typeof why === "object") return why.deadlineS * 1000;
  return why === "SIGTERM" ? config.ROOMCAST_DRAIN_S * 1000 : 0;
}

function reasonOf(why: StopSignal | DrainOrder): string {
  return typeof why === "string" ? why : "an order to drain";
}

async function watchOrders(kinds: readonly NodeKind[], config: Config, log: Log) {
  if (kinds.length === 0) return null;
  const { DrainOrders } = await import("./drain_orders.ts");
  return new DrainOrders(kinds, config, log);
}

/** Stops what runs; a signal meanwhile, or too long a wait, ends the process. */
async function leave(
  lifecycle: Lifecycle,
  signals: StopSignals,
  log: Log,
  reason: string,
): Promise<void> {
  log.info({ reason }, "stopping");
  signals.onNext(() => Deno.exit(130));
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
  if (cause instanceof Deno.errors.AddrInUse) {
    return `Cannot start ${name}: port ${config[setting]} is taken; ` +
      `set ${setting} to a free one, or end what listens there`;
  }
  if (cause instanceof Deno.errors.PermissionDenied) {
    return `Cannot start ${name}: no permission to listen on port ${config[setting]} (${setting})`;
  }
  if (cause instanceof Deno.errors.NotCapable) {
    const lacks = /^Requires (.+?), run again/.exec(cause.message)?.[1] ?? cause.message;
    return `Cannot start ${name}: its Deno permissions lack ${lacks}; ` +
      `roomcast config permissions ${name} prints those it needs`;
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
