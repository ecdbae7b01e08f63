import { z } from "zod";
import { ROOT } from "../dev/root.ts";

const Manifest = z.object({
  dependencies: z.record(z.string(), z.string()).default({}),
  optionalDependencies: z.record(z.string(), z.string()).default({}),
  peerDependencies: z.record(z.string(), z.string()).default({}),
});

/** A package and how it is reached from node_modules: every path that the program at run time walks. */
export interface RuntimePackages {
  /** Folders with the packages' files, from the project's root. */
  readonly folders: readonly string[];
  /** Symbolic links by which they find each other. */
  readonly links: readonly string[];
}

/**
 * The npm packages that the program needs when it runs: those it names, and theirs, as they lie in node_modules.
 *
 * @param names What the sources import.
 * @throws Error when one of them is not there.
 */
export async function runtimePackages(names: readonly string[]): Promise<RuntimePackages> {
  const folders = new Set<string>();
  const links = new Set<string>();
  const visit = async (name: string, from: readonly string[], optional: boolean) => {
    // Nothing but types.
    if (name.startsWith("@types/")) return;
    const place = from.map((dir) => `${dir}/${name}`).find(exists);
    if (place === undefined) {
      if (optional) return;
      throw new Error(`Cannot find the package ${name}: run ./denow task prepare`);
    }
    const folder = await Deno.realPath(place);
    if (folder !== place) links.add(place);
    if (folders.has(folder)) return;
    folders.add(folder);
    const manifest = Manifest.parse(JSON.parse(await Deno.readTextFile(`${folder}/package.json`)));
    // Packages lie beside those that need them; what several share lies in one folder for all.
    const beside = folder.slice(0, folder.lastIndexOf("/node_modules/") + "/node_modules".length);
    const around = [`${folder}/node_modules`, beside, ...SHARED];
    for (const each of Object.keys(manifest.dependencies)) await visit(each, around, false);
    const perhaps = { ...manifest.optionalDependencies, ...manifest.peerDependencies };
    for (const each of Object.keys(perhaps)) await visit(each, around, true);
  };
  for (const name of names) await visit(name, [`${ROOT}/node_modules`], false);
  const fromRoot = (paths: Set<string>) =>
    [...paths].map((path) => path.slice(ROOT.length + 1)).sort();
  return { folders: fromRoot(folders), links: fromRoot(links) };
}

const SHARED = [`${ROOT}/node_modules/.deno/node_modules`, `${ROOT}/node_modules`];

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}
