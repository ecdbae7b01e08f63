/**
 * A command whose process dies with this one, however this one ends. A mixer runs nothing but through `setpriv`: that is
 * the one program its permissions name. Of the environment it gets only where programs are: settings may be secret.
 */
export function childCommand(
  program: string,
  args: readonly string[],
  options: Omit<Deno.CommandOptions, "args" | "clearEnv"> = {},
): Deno.Command {
  return new Deno.Command("setpriv", {
    ...options,
    args: ["--pdeathsig", "KILL", program, ...args],
    clearEnv: true,
    env: { PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin", ...options.env },
  });
}
