import { PARTS } from "../doctor/parts.ts";
import { denoFlags } from "./deno_flags.ts";

/**
 * The flags that go into a program made by `deno compile`, which knows neither its roles nor its settings yet: all that any
 * role or command may need. A role then gives up what it needs nothing of.
 */
export const UNION_FLAGS: readonly string[] = [
  ...denoFlags({
    net: { anyHostBecause: "addresses are settings" },
    read: [],
    write: [],
    run: PARTS.map(({ command }) => command),
  }, []),
  // Folders are settings too.
  "--allow-read",
  "--allow-write",
];
