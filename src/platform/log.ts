import { pino } from "pino";

/** A structured logger: one JSON line on standard output for each call. */
export type Log = Pick<pino.Logger, "debug" | "info" | "warn" | "error"> & {
  child(bindings: Record<string, unknown>): Log;
};

/** Values under these names never reach a line. */
const REDACTED = ["token", "accessToken", "refreshToken", "password", "pin", "secret", "sdp"];

/** Makes the process's logger. `bindings` stand on every line. */
export function createLog(level: string, bindings: Record<string, unknown> = {}): Log {
  return pino({
    level,
    base: bindings,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: REDACTED.flatMap((name) => [name, `*.${name}`]), censor: "[redacted]" },
    serializers: { err: pino.stdSerializers.err },
  });
}

/** A logger that says nothing, for tests. */
export function silentLog(): Log {
  return createLog("silent");
}
