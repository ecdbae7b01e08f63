/** Runs a command to its end and gives what it printed. @throws Error with the last lines it said. */
export async function run(
  command: string,
  args: readonly string[],
  options: Pick<Deno.CommandOptions, "cwd" | "env" | "clearEnv"> = {},
): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, {
    ...options,
    args: [...args],
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  const said = decoder.decode(stderr);
  if (success) return decoder.decode(stdout);
  throw new Error(`${command} failed:\n${said.trim().split("\n").slice(-8).join("\n")}`);
}
