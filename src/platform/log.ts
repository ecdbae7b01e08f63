import { pino } from "pino";
import { count } from "./metrics.ts";
import { activeTraceId, traceIdOf } from "./trace.ts";

/**
 * A structured logger: one JSON line on standard output for each call. Where they are known, a line has `node`, `role`,
 * `room`, `epoch` and `trace_id`, always under these names.
 */
export type Log = Pick<pino.Logger, "debug" | "info" | "warn" | "error"> & {
  child(bindings: Record<string, unknown>): Log;
};

/** Values under these names never reach a line. */
const REDACTED = [
  "token",
  "accessToken",
  "refreshToken",
  "password",
  "pin",
  "secret",
  "sdp",
  "credential",
];

/** Makes the process's logger. `bindings` stand on every line. */
export function createLog(level: string, bindings: Record<string, unknown> = {}): Log {
  return pino({
    level,
    base: bindings,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    mixin: (fields, number, logger) => {
      count("roomcast_log_lines_total", { level: pino.levels.labels[number] ?? "other" });
      const id = activeTraceId();
      const known = id === null || "trace_id" in fields || "trace_id" in logger.bindings();
      return known ? {} : { trace_id: id };
    },
    redact: { paths: REDACTED.flatMap((name) => [name, `*.${name}`]), censor: "[redacted]" },
    serializers: { err: pino.stdSerializers.err },
  });
}

/** The trace of a broadcast, for the bindings of a logger. */
export function traceBinding(traceparent: string | undefined): { trace_id?: string } {
  const id = traceIdOf(traceparent);
  return id === null ? {} : { trace_id: id };
}

/** A logger that says nothing, for tests. */
export function silentLog(): Log {
  return createLog("silent");
}
