import { z } from "zod";

const Manifest = z.looseObject({
  imports: z.record(z.string(), z.string()),
  tasks: z.unknown(),
  fmt: z.unknown(),
  lint: z.unknown(),
});

/** The package of a specifier: `janode` of `janode/handle`, `@a/b` of `@a/b/c`. */
function packageOf(specifier: string): string {
  return specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
}

/**
 * deno.json for running alone: without tasks, and with no package but those that the sources import.
 *
 * @param manifest The project's deno.json.
 * @param sources The text of every file of src/.
 */
export function productionManifest(manifest: string, sources: readonly string[]): string {
  const { imports, tasks: _tasks, fmt: _fmt, lint: _lint, ...rest } = Manifest.parse(
    JSON.parse(manifest),
  );
  const used = new Set(
    sources.flatMap((source) =>
      [...source.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*"([^"]+)"/g)]
        .map(([, specifier = ""]) => packageOf(specifier))
    ),
  );
  const kept = Object.entries(imports).filter(([name]) => used.has(packageOf(name)));
  return `${JSON.stringify({ ...rest, imports: Object.fromEntries(kept) }, null, 2)}\n`;
}
