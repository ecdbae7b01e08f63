import { ROOT } from "../../deploy/dev/root.ts";
import { findCommand } from "../../src/doctor/find.ts";

/** The files git knows or would add, by path from the project's root; without git, all but what is made here. */
export async function projectFiles(): Promise<readonly string[]> {
  return (await filesOfGit() ?? await walk("")).filter(exists);
}

/** Null when there is no git, or the project is no repository of this user. */
async function filesOfGit(): Promise<string[] | null> {
  if (findCommand("git") === null) return null;
  const { stdout, success } = await new Deno.Command("git", {
    args: ["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
    cwd: ROOT,
  }).output();
  if (!success) return null;
  return new TextDecoder().decode(stdout).split("\0").filter((path) => path !== "");
}

export function readProject(path: string): Promise<string> {
  return Deno.readTextFile(`${ROOT}/${path}`);
}

const SKIPPED = /^(\.git|\.roomcast|node_modules|web\/dist|dist)$/;

async function walk(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(`${ROOT}/${folder}`)) {
    const path = folder === "" ? name : `${folder}/${name}`;
    if (SKIPPED.test(path)) continue;
    found.push(...(isDirectory ? await walk(path) : [path]));
  }
  return found;
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(`${ROOT}/${path}`).isFile;
  } catch {
    return false;
  }
}
