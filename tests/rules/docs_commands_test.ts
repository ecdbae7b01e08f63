import assert from "node:assert/strict";
import { fencedBlocks } from "../support/fenced_blocks.ts";
import { projectFiles, readProject } from "./support.ts";

/**
 * A block of commands says after its fence how it is proven: `sh run` (tests/integration/docs_commands.test.ts runs
 * it), `sh by=<file>` (that test or script runs the same), or `sh by-hand`: nothing here can run it.
 */
Deno.test("every block of commands in a document says which test runs it", async () => {
  const files = new Set(await projectFiles());
  const unproven: string[] = [];
  for (const path of [...files].filter((file) => file.endsWith(".md"))) {
    for (const { info: [language, how = ""], line } of fencedBlocks(await readProject(path))) {
      if (language !== "sh") continue;
      const proven = how === "run" || how === "by-hand" || files.has(how.replace(/^by=/, ""));
      if (!proven) unproven.push(`${path}:${line}`);
    }
  }
  assert.deepEqual(unproven, []);
});

Deno.test("every task that a document names exists", async () => {
  const { tasks } = JSON.parse(await readProject("deno.json")) as { tasks: Record<string, string> };
  const unknown: string[] = [];
  for (const path of (await projectFiles()).filter((file) => file.endsWith(".md"))) {
    for (const [, task = ""] of (await readProject(path)).matchAll(/denow task ([a-z:]*[a-z])/g)) {
      if (!(task in tasks)) unknown.push(`${path}: ${task}`);
    }
  }
  assert.deepEqual(unknown, []);
});
