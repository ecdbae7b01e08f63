import assert from "node:assert/strict";
import { projectFiles, readProject } from "./support.ts";

Deno.test("nothing that runs in production is given all permissions", async () => {
  const found: string[] = [];
  for (const path of await projectFiles()) {
    // The launcher for people who work on it, and what builds, are not what they start.
    if (!/^(src|deploy)\//.test(path) || path.startsWith("deploy/dev/")) continue;
    for (const [index, line] of (await readProject(path)).split("\n").entries()) {
      if (/(^|["'\s[,])(-A|--allow-all)(["'\s\],]|$)/.test(line)) {
        found.push(`${path}:${index + 1}: ${line.trim()}`);
      }
    }
  }
  assert.deepEqual(found, []);
});
