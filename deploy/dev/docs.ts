import { configurationDoc } from "./configuration_doc.ts";
import { ROOT } from "./root.ts";
import { socketDoc } from "./socket_doc.ts";

/** The one table of documents that are made from code. */
export const GENERATED = {
  "docs/configuration.md": configurationDoc,
  "docs/socket.md": socketDoc,
} as const satisfies Record<string, () => string>;

if (import.meta.main) {
  await Deno.mkdir(`${ROOT}/docs`, { recursive: true });
  for (const [path, text] of Object.entries(GENERATED)) {
    await Deno.writeTextFile(`${ROOT}/${path}`, text());
  }
  await new Deno.Command(Deno.execPath(), {
    args: ["fmt", "-q", ...Object.keys(GENERATED)],
    cwd: ROOT,
  })
    .output();
}
