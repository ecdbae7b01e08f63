import { readAlerts } from "./alerts.ts";
import { configurationDoc } from "./configuration_doc.ts";
import { metricsDoc } from "./metrics_doc.ts";
import { ROOT } from "./root.ts";

/** Writes the documents that are made from code. */
const documents = {
  "docs/configuration.md": configurationDoc(),
  "docs/metrics.md": metricsDoc(await readAlerts()),
};
await Deno.mkdir(`${ROOT}/docs`, { recursive: true });
for (const [path, text] of Object.entries(documents)) {
  await Deno.writeTextFile(`${ROOT}/${path}`, text);
}
const { success } = await new Deno.Command(Deno.execPath(), {
  args: ["fmt", "-q", ...Object.keys(documents)],
  cwd: ROOT,
}).spawn().status;
if (!success) Deno.exit(1);
