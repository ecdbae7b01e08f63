import type { Needs } from "./needs.ts";

/**
 * Gives up, for good, each kind of permission of which this process needs nothing, however much it was started with.
 * What was given too broadly stays so: Deno can take away, but not narrow.
 */
export function giveUp(needs: Needs): void {
  const unused = ([
    ["run", needs.run],
    ["write", needs.write],
    ["ffi", []],
  ] as const).filter(([, values]) => values.length === 0);
  for (const [name] of unused) Deno.permissions.revokeSync({ name });
}
