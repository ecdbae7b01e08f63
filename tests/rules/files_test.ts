import assert from "node:assert/strict";
import { projectFiles, readProject } from "./support.ts";

const MAX_LINES = 400;
const SOURCE = /\.(ts|svelte|css|sh|conf)$/;

Deno.test("no source file is longer than 400 lines", async () => {
  const long: string[] = [];
  for (const path of (await projectFiles()).filter((path) => SOURCE.test(path))) {
    const lines = (await readProject(path)).split("\n").length;
    if (lines > MAX_LINES) long.push(`${path}: ${lines}`);
  }
  assert.deepEqual(long, []);
});

Deno.test("TypeScript files are named in snake_case", async () => {
  const odd = (await projectFiles()).filter((path) => {
    const name = path.split("/").at(-1) ?? "";
    return name.endsWith(".ts") && !/^[a-z0-9_]+(\.[a-z0-9_]+)*\.ts$/.test(name);
  });
  assert.deepEqual(odd, []);
});

Deno.test("sources silence no type error and leave no work for later", async () => {
  const found: string[] = [];
  const paths = (await projectFiles()).filter((path) =>
    /^(src|deploy|web\/src)\/.*\.ts$/.test(path)
  );
  for (const path of paths.filter((path) => !path.endsWith(".d.ts"))) {
    for (const [index, line] of (await readProject(path)).split("\n").entries()) {
      const bad = /\b(as any|as never|TODO|FIXME)\b|@ts-(ignore|nocheck|expect-error)/.test(line);
      if (bad) found.push(`${path}:${index + 1}: ${line.trim()}`);
    }
  }
  assert.deepEqual(found, []);
});
