import { COMPOSE_FILE, composeDocument, ComposeFile } from "./compose.ts";
import { ENV_EXAMPLE } from "./check_compose.ts";
import { envFile } from "./env_file.ts";
import { KUBERNETES } from "./kubernetes.ts";
import { composeUpstreams, kubernetesUpstreams } from "./upstreams.ts";

const ROOT = new URL("../../", import.meta.url);

/** A file of the project by its path from the root. @throws Deno.errors.NotFound */
export function readProject(path: string): string {
  return Deno.readTextFileSync(new URL(path, ROOT));
}

/** Writes the files that are made from others. */
export function writeGenerated(say: (line: string) => void): void {
  const example = envFile(readProject(ENV_EXAMPLE));
  const file = ComposeFile.parse(composeDocument(readProject(COMPOSE_FILE), example));
  const made = {
    "deploy/compose/upstreams.conf": composeUpstreams(file),
    [`${KUBERNETES}/upstreams.conf`]: kubernetesUpstreams(),
    [`${KUBERNETES}/redis.conf`]: readProject("deploy/compose/redis.conf"),
  };
  for (const [path, text] of Object.entries(made)) {
    Deno.writeTextFileSync(new URL(path, ROOT), text);
    say(`wrote ${path}`);
  }
}
