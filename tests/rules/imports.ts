/** What a module asks for: the specifiers of its imports, exports and dynamic imports. */
export function importsOf(source: string): string[] {
  const code = source.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/^\s*\/\/.*$/gm, "");
  const pattern = /(?:\bfrom\s*|\bimport\s*\(\s*|^\s*import\s+|\bnew URL\(\s*)"([^"]+)"/gm;
  return [...code.matchAll(pattern)].map(([, specifier = ""]) => specifier);
}

/** The path from the project's root that a relative specifier in `file` means; null for a package. */
export function resolveImport(file: string, specifier: string): string | null {
  if (!specifier.startsWith(".")) return null;
  return new URL(specifier, `file:///${file}`).pathname.slice(1);
}
