import { LOCAL, ROOT } from "./root.ts";

/** Folders that hold results, not sources. */
const SKIPPED = new Set(["dist", "node_modules"]);

/** One hash over the contents of files and folders of the project. */
export async function stampOf(paths: readonly string[]): Promise<string> {
  const lines: string[] = [];
  for (const path of await filesIn(paths)) {
    lines.push(`${path} ${await sha256(await Deno.readFile(`${ROOT}/${path}`))}`);
  }
  return await sha256(new TextEncoder().encode(lines.join("\n")));
}

/** The stamp kept under a name, or null. */
export async function readStamp(name: string): Promise<string | null> {
  try {
    return await Deno.readTextFile(`${LOCAL}/${name}.stamp`);
  } catch {
    return null;
  }
}

export async function writeStamp(name: string, stamp: string): Promise<void> {
  await Deno.mkdir(LOCAL, { recursive: true });
  await Deno.writeTextFile(`${LOCAL}/${name}.stamp`, stamp);
}

async function filesIn(paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) {
    const { isDirectory } = await Deno.stat(`${ROOT}/${path}`);
    if (!isDirectory) {
      found.push(path);
      continue;
    }
    const inside: string[] = [];
    for await (const { name } of Deno.readDir(`${ROOT}/${path}`)) {
      if (!SKIPPED.has(name)) inside.push(`${path}/${name}`);
    }
    found.push(...await filesIn(inside));
  }
  return found.sort();
}

async function sha256(data: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", data)).toHex();
}
