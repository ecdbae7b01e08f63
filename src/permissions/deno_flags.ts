import type { Needs } from "./needs.ts";

/** What is allowed, as flags of Deno. Names are resolved by whoever made the needs; a flag is one argument. */
export function denoFlags(needs: Needs, program: readonly string[]): string[] {
  return [
    "--no-prompt",
    // Who would ask for code over the network?
    "--deny-import",
    // Libraries look for settings of their own: they find none, instead of failing.
    `--allow-env=ROOMCAST_*${needs.run.length > 0 ? ",PATH" : ""}`,
    "--ignore-env",
    // The library that writes the log asks when it is loaded.
    "--allow-sys=hostname",
    ..."anyHostBecause" in needs.net ? ["--allow-net"] : listFlag("--allow-net", needs.net),
    ...listFlag("--allow-read", [...program, ...needs.read]),
    ...listFlag("--allow-write", needs.write),
    ...listFlag("--allow-run", needs.run),
  ];
}

function listFlag(flag: string, values: readonly string[]): string[] {
  const unique = [...new Set(values)];
  // A comma within a value is written twice.
  return unique.length === 0
    ? []
    : [`${flag}=${unique.map((value) => value.replaceAll(",", ",,")).join(",")}`];
}
