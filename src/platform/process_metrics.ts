import process from "node:process";
import type { Running } from "./lifecycle.ts";
import { collect, collectValue, countFromZero, observe } from "./metrics.ts";
import { VERSION } from "./version.ts";

/** How often (ms) it is looked how late a timer rings. */
const LOOK_MS = 1000;

/**
 * Gives what is to be said of this process, whatever it does.
 *
 * @param roles The roles it plays, under the node's name.
 */
export function processMetrics(roles: readonly string[], node: string): Running {
  const startedAt = (Date.now() - performance.now()) / 1000;
  const ends = [
    collect("roomcast_build_info", () => [
      { labels: { version: VERSION, deno: Deno.version.deno }, value: 1 },
    ]),
    collect(
      "roomcast_role_info",
      () => roles.map((role) => ({ labels: { role, node }, value: 1 })),
    ),
    collectValue("process_start_time_seconds", () => startedAt),
    collectValue("process_cpu_seconds_total", () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1_000_000;
    }),
    collectValue("process_resident_memory_bytes", () => Deno.memoryUsage().rss),
  ];
  countFromZero("roomcast_log_lines_total", [{ level: "warn" }, { level: "error" }]);
  let lookedAt = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    observe("roomcast_event_loop_lag_seconds", {}, Math.max(0, now - lookedAt - LOOK_MS) / 1000);
    lookedAt = now;
  }, LOOK_MS);
  return {
    stop: () => {
      clearInterval(timer);
      for (const end of ends) end();
      return Promise.resolve();
    },
  };
}
