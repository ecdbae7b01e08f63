import { fileURLToPath } from "node:url";
import { run } from "./tools.ts";

const LAUNCHER = fileURLToPath(new URL("./launcher.sh", import.meta.url));

/**
 * Makes one file of a script, Deno and the program: it unpacks itself once, and runs from there.
 *
 * @param dir The program, laid out; the Deno that runs this goes beside it.
 * @param archive A path for what is packed meanwhile.
 */
export async function makeSelfExtracting(
  { dir, version, archive, output }: {
    dir: string;
    version: string;
    archive: string;
    output: string;
  },
): Promise<void> {
  await Deno.copyFile(Deno.execPath(), `${dir}/deno`);
  await Deno.chmod(`${dir}/deno`, 0o755);
  await run("tar", [
    ...["-cf", archive, "-C", dir, "--use-compress-program=gzip -n -6"],
    // The same sources give the same file.
    ...["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner"],
    ".",
  ]);
  const payload = await Deno.readFile(archive);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", payload)).toHex();
  const header = await headerOf(version, `roomcast-${version}-${hash.slice(0, 16)}`);
  await Deno.writeFile(output, header, { mode: 0o755 });
  await Deno.writeFile(output, payload, { append: true });
}

/** The script, told where it ends. */
async function headerOf(version: string, name: string): Promise<Uint8Array> {
  const template = (await Deno.readTextFile(LAUNCHER))
    .replaceAll("@VERSION@", version)
    .replaceAll("@NAME@", name);
  const encoder = new TextEncoder();
  // The number has a fixed width, so that writing it down does not change it.
  const [placeholder, width] = ["@OFFSET@", 8];
  const length = encoder.encode(template).length - placeholder.length + width;
  // tail counts bytes from 1.
  return encoder.encode(template.replace(placeholder, String(length + 1).padEnd(width)));
}
