import { z } from "zod";
import { ROOT } from "../dev/root.ts";
import { runtimePackages } from "./runtime_packages.ts";

/**
 * What nobody reads who runs the program: types, maps of sources, prose, and tests, in which `deno compile` meets data that it
 * takes for a program and cannot parse.
 */
export const LEFT_OUT: readonly string[] = [
  ...["*.d.ts", "*.d.mts", "*.d.cts", "*.map", "*.md", "*.markdown"],
  ...["*/test", "*/tests", "*/examples", "*/benchmarks"],
].map((pattern) => `node_modules/${pattern}`);

const Manifest = z.object({
  version: z.string(),
  imports: z.record(z.string(), z.string()),
});

export interface ProgramFiles {
  readonly version: string;
  /** Files, folders and links, from the project's root. */
  readonly paths: readonly string[];
  /** The deno.json that goes with them. */
  readonly denoJson: string;
}

/** All that the program is when it runs: its sources, the packages they need, the pages and nginx's files. */
export async function programFiles(): Promise<ProgramFiles> {
  const { version, ...manifest } = Manifest.parse(
    JSON.parse(await Deno.readTextFile(`${ROOT}/deno.json`)),
  );
  const imported = await packagesImportedIn(`${ROOT}/src`);
  const imports = Object.fromEntries(
    Object.entries(manifest.imports).filter(([name]) => imported.has(name)),
  );
  const { folders, links } = await runtimePackages(Object.keys(imports));
  return {
    version,
    paths: ["LICENSE", "nginx", "src", "web/dist", ...folders, ...links],
    denoJson: JSON.stringify({ version, imports, nodeModulesDir: "manual" }),
  };
}

/** The names of all packages that modules in a folder import, as `a` or `@a/b`. */
async function packagesImportedIn(dir: string): Promise<Set<string>> {
  const names = new Set<string>();
  for await (const entry of Deno.readDir(dir)) {
    const path = `${dir}/${entry.name}`;
    if (entry.isDirectory) {
      for (const name of await packagesImportedIn(path)) names.add(name);
    } else if (entry.name.endsWith(".ts")) {
      const source = await Deno.readTextFile(path);
      for (const [, name = ""] of source.matchAll(IMPORT)) names.add(name);
    }
  }
  return names;
}

const IMPORT =
  /(?:\bfrom\s*|\bimport\s*\(\s*|^\s*import\s+)"((?:@[\w.-]+\/)?[a-z][\w.-]*)(?:\/[^"]*)?"/gm;
