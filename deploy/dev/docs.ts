import { readAlerts } from "./alerts.ts";
import { configurationDoc } from "./configuration_doc.ts";
import { metricsDoc } from "./metrics_doc.ts";
import { ROOT } from "./root.ts";
import { socketDoc } from "./socket_doc.ts";

/** The one table of documents that are made from code. */
export const GENERATED: Readonly<Record<string, () => string | Promise<string>>> = {
  "docs/configuration.md": configurationDoc,
  "docs/metrics.md": async () => metricsDoc(await readAlerts()),
  "docs/socket.md": socketDoc,
};

if (import.meta.main) {
  await Deno.mkdir(`${ROOT}/docs`, { recursive: true });
  for (const [path, text] of Object.entries(GENERATED)) {
    await Deno.writeTextFile(`${ROOT}/${path}`, await text());
  }
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["fmt", "-q", ...Object.keys(GENERATED)],
    cwd: ROOT,
  }).spawn().status;
  if (!success) Deno.exit(1);
}
