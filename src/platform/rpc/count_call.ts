import type { ErrorCode } from "../../contracts/errors.ts";
import { count, observe } from "../metrics.ts";

/** What came of a call: `ok`, or its error's code. `ms` is how long it took. */
export type OnCall = (method: string, code: "ok" | ErrorCode, ms: number) => void;

/**
 * Counts a role's calls by method and code.
 *
 * @param known The table of methods: a name that is not in it is somebody's invention, and counts as `unknown`.
 */
export function countCall(role: string, known: object): OnCall {
  return (name, code, ms) => {
    const method = Object.hasOwn(known, name) ? name : "unknown";
    count("roomcast_rpc_calls_total", { role, method, code });
    observe("roomcast_rpc_call_seconds", { role, method }, ms / 1000);
  };
}
