import { ROOT } from "../dev/root.ts";
import { LEFT_OUT, type ProgramFiles } from "./program_files.ts";
import { run } from "./tools.ts";

/** Lays the program out in an empty folder, links as links. */
export async function stage({ paths, denoJson }: ProgramFiles, dir: string): Promise<void> {
  const list = await Deno.makeTempFile();
  const archive = `${list}.tar`;
  try {
    await Deno.writeTextFile(list, paths.join("\n"));
    await run("tar", [
      ...["-cf", archive, "-C", ROOT, "--wildcards"],
      ...LEFT_OUT.map((pattern) => `--exclude=${pattern}`),
      ...["-T", list],
    ]);
    await run("tar", ["-xf", archive, "-C", dir]);
    await Deno.writeTextFile(`${dir}/deno.json`, denoJson);
  } finally {
    await Deno.remove(list);
    await Deno.remove(archive).catch(() => {});
  }
}
