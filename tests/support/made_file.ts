import { LOCAL, ROOT } from "../../deploy/dev/root.ts";
import { readStamp, stampOf, writeStamp } from "../../deploy/dev/stamp.ts";

const SOURCES = ["deno.json", "deno.lock", "deploy/binary", "nginx", "src", "web"];

/**
 * The one file that `deno task compile` makes of the sources as they are; made anew when they changed.
 *
 * @param kind Give "self-extracting" for that kind also where the other could be made.
 * @throws Error with what it said when there is none.
 */
export async function madeFile(kind: "any" | "self-extracting" = "any"): Promise<string> {
  if (kind === "self-extracting") {
    const any = await madeFile();
    if (await isScript(any)) return any;
  }
  const output = `${LOCAL}/made/${kind}/roomcast`;
  const stamp = `${Deno.version.deno} ${await stampOf(SOURCES)}`;
  if (await readStamp(`made-${kind}`) === stamp && await exists(output)) return output;
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--no-check", "deploy/binary/compile.ts", "--output", output],
      ...(kind === "any" ? [] : ["--self-extracting"]),
    ],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  }).output();
  const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  if (!success) throw new Error(`Cannot make ${output}: ${said}`);
  await writeStamp(`made-${kind}`, stamp);
  return output;
}

async function isScript(path: string): Promise<boolean> {
  using file = await Deno.open(path);
  const start = new Uint8Array(2);
  await file.read(start);
  return new TextDecoder().decode(start) === "#!";
}

async function exists(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    return false;
  }
}
