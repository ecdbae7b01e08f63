/**
 * Holds every file of deploy/ against its public schema, and against the code: deno task check:deploy.
 * With --write it makes the generated ones anew.
 */
import { checkAll } from "./check_all.ts";
import { readProject, writeGenerated } from "./project.ts";

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

if (Deno.args.includes("--write")) writeGenerated(say);
const findings = checkAll(readProject);
for (const { file, message } of findings) say(`${file}: ${message}`);
say(findings.length === 0 ? "The deploy files are sound." : `${findings.length} findings`);
Deno.exit(findings.length === 0 ? 0 : 1);
