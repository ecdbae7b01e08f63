import { UNION_FLAGS } from "../../src/permissions/union_flags.ts";
import { run } from "./tools.ts";

/**
 * Makes one file with `deno compile`, of the program laid out in a folder.
 *
 * @param env Set in the environment, such as `DENORT_BIN`.
 * @throws Error with what it said when it does not.
 */
export async function makeCompiled(
  dir: string,
  output: string,
  env: Record<string, string> = {},
): Promise<void> {
  const workers = await Array.fromAsync(Deno.readDir(`${dir}/src/workers`));
  await run(Deno.execPath(), [
    ...["compile", "--no-check", "--no-lock", "--no-remote"],
    ...["--config", `${dir}/deno.json`, "--node-modules-dir=manual", "--output", output],
    // Files in a compiled program's own file system cannot be read by node:fs, as libraries do: they are laid out on disk.
    "--self-extracting",
    ...workers.filter(({ name }) => name.endsWith(".worker.ts"))
      .flatMap(({ name }) => ["--include", `${dir}/src/workers/${name}`]),
    ...["web/dist", "nginx"].flatMap((name) => ["--include", `${dir}/${name}`]),
    ...UNION_FLAGS,
    `${dir}/src/main.ts`,
  ], { cwd: dir, env });
}
