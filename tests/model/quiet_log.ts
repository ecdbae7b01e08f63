import type { Log } from "../../src/platform/log.ts";

/** A log that gives each line to `say`, or says nothing: made for thousands of runs, in which pino would cost the most. */
export function quietLog(say?: (line: string) => void, name = ""): Log {
  const at = (level: string) => (given: unknown, message?: string) => {
    if (say === undefined) return;
    const fields = typeof given === "object" ? stringify(given) : "";
    say(`${name} ${level} ${message ?? String(given)} ${fields}`);
  };
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    child: () => quietLog(say, name),
  };
}

function stringify(given: unknown): string {
  return JSON.stringify(given, (_key, value: unknown) => {
    if (value instanceof Error) return value.message;
    return typeof value === "bigint" ? String(value) : value;
  });
}
