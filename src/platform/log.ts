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

/** Values under these names never reach a line, however deep they stand. */
const REDACTED = new Set(
  ["token", "accessToken", "refreshToken", "authorization", "password", "pin", "pinHash", "secret"]
    .concat([
      "apiSecret",
      "apisecret",
      "adminKey",
      "admin_key",
      "srtp",
      "srtp_crypto",
      "sdp",
      "credential",
    ]),
);
const CENSOR = "[redacted]";
const MAX_DEPTH = 6;

/** Makes the process's logger. `bindings` stand on every line. */
export function createLog(level: string, bindings: Record<string, unknown> = {}): Log {
  return pino({
    level,
    base: bindings,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: {
      level: (label) => ({ level: label }),
      log: (line) => Object.fromEntries(Object.entries(line).map(censored)),
    },
    mixin: (fields, number, logger) => {
      count("roomcast_log_lines_total", { level: pino.levels.labels[number] ?? "other" });
      const id = activeTraceId();
      const known = id === null || "trace_id" in fields || "trace_id" in logger.bindings();
      return known ? {} : { trace_id: id };
    },
    // For the bindings of children, which no formatter sees.
    redact: { paths: [...REDACTED].flatMap((name) => [name, `*.${name}`]), censor: CENSOR },
    serializers: { err: errorLine },
  });
}

/** The trace of a broadcast, for the bindings of a logger. */
export function traceBinding(traceparent: string | undefined): { trace_id?: string } {
  const id = traceIdOf(traceparent);
  return id === null ? {} : { trace_id: id };
}

function censored([name, value]: [string, unknown]): [string, unknown] {
  return [name, REDACTED.has(name) ? CENSOR : withoutSecrets(value, 1)];
}

/** A copy without secrets; what is no plain object or list is left as it is. */
function withoutSecrets(value: unknown, depth: number): unknown {
  if (typeof value !== "object" || value === null || depth > MAX_DEPTH) return value;
  if (Array.isArray(value)) return value.map((item) => withoutSecrets(item, depth + 1));
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(
    Object.entries(value).map((
      [name, inner],
    ) => [name, REDACTED.has(name) ? CENSOR : withoutSecrets(inner, depth + 1)]),
  );
}

/**
 * An error as it is logged: what it says, and no more. What libraries hang on theirs is left out (a command of Redis with
 * its arguments, a request with its headers), and so is who a URL says to be.
 */
function errorLine(err: unknown): unknown {
  if (!(err instanceof Error)) return err;
  const { type, message, stack } = pino.stdSerializers.err(err);
  const code = "code" in err && typeof err.code === "string" ? { code: err.code } : {};
  return { type, message: withoutUserinfo(message), stack: withoutUserinfo(stack ?? ""), ...code };
}

function withoutUserinfo(text: string): string {
  return text.replace(/([a-z][a-z0-9+.-]*:\/\/)[^/\s@]*@/gi, "$1");
}

/** A logger that says nothing, for tests. */
export function silentLog(): Log {
  return createLog("silent");
}
