import assert from "node:assert/strict";
import { projectFiles, readProject } from "./support.ts";

/** What runs in production, or says how: not what people build and work with. */
const IN_PRODUCTION = /^(src\/.*\.ts|deploy\/(?!dev\/).*\.(ts|sh|service|ya?ml))$/;

Deno.test("nothing that runs in production is given all permissions", async () => {
  const found: string[] = [];
  for (const path of (await projectFiles()).filter((path) => IN_PRODUCTION.test(path))) {
    for (const [index, line] of (await readProject(path)).split("\n").entries()) {
      const isComment = /^\s*(\*|\/\/|#)/.test(line);
      if (!isComment && /(^|["'\s[,])(-A|--allow-all)(["'\s\],]|$)/.test(line)) {
        found.push(`${path}:${index + 1}: ${line.trim()}`);
      }
    }
  }
  assert.deepEqual(found, []);
});
