import assert from "node:assert/strict";
import { docBlocks, shellCommands } from "../support/doc_blocks.ts";
import { projectFiles, readProject } from "./support.ts";

/** Where commands are run that documents name outside of blocks marked `sh run`. */
const ELSEWHERE: readonly { readonly command: RegExp; readonly runBy: string }[] = [
  { command: /^\.\/denow task dev$/, runBy: "tests/integration/dev_launcher.test.ts" },
  { command: /^\.\/denow task test\b/, runBy: ".ci/run" },
  { command: /^\.\/denow (task check|lint|fmt)/, runBy: ".ci/run" },
  { command: /^\.ci\/run$/, runBy: ".ci/run" },
  { command: /test:chaos$/, runBy: "tests/chaos/short.test.ts" },
  // Benches measure, and take minutes: that they exist is all that is checked, below.
  { command: /^\.\/denow task bench:/, runBy: "tests/rules/docs_commands_test.ts" },
  { command: /roomcast serve/, runBy: "tests/integration/main_cli.test.ts" },
  { command: /^export ROOMCAST_/, runBy: "tests/rules/docs_test.ts" },
  { command: /^git clone <this repository>/, runBy: ".ci/run" },
];

Deno.test("every command in a document is run by a test", async () => {
  const files = new Set(await projectFiles());
  const unproven: string[] = [];
  for (const path of [...files].filter((file) => file.endsWith(".md"))) {
    for (const { info: [language, how], text } of docBlocks(await readProject(path))) {
      if (language !== "sh" || how === "run") continue;
      for (const command of shellCommands(text)) {
        const proof = ELSEWHERE.find((one) => one.command.test(command));
        if (proof === undefined || !files.has(proof.runBy)) unproven.push(`${path}: ${command}`);
      }
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
