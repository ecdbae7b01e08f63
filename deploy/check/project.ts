import { COMPOSE_FILE, composeDocument, ComposeFile } from "./compose.ts";
import { upstreamsFile } from "./compose_rules.ts";
import { envFile } from "./check_compose.ts";

const ROOT = new URL("../../", import.meta.url);

/** A file of the project by its path from the root. @throws Deno.errors.NotFound */
export function readProject(path: string): string {
  return Deno.readTextFileSync(new URL(path, ROOT));
}

/** Writes the files that are made from others. */
export function writeGenerated(say: (line: string) => void): void {
  const example = envFile(readProject("deploy/.env.example"));
  const file = ComposeFile.parse(composeDocument(readProject(COMPOSE_FILE), example));
  const path = "deploy/compose/upstreams.conf";
  Deno.writeTextFileSync(new URL(path, ROOT), upstreamsFile(file));
  say(`wrote ${path}`);
}
