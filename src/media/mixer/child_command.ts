/**
 * A command whose process dies with this one, however this one ends. A mixer runs nothing but through `setpriv`: that is
 * the one program its permissions name.
 */
export function childCommand(
  program: string,
  args: readonly string[],
  options: Omit<Deno.CommandOptions, "args"> = {},
): Deno.Command {
  return new Deno.Command("setpriv", {
    ...options,
    args: ["--pdeathsig", "KILL", program, ...args],
  });
}
