import { configurationDoc } from "./configuration_doc.ts";
import { ROOT } from "./root.ts";

/** Writes the documents that are made from code. */
await Deno.mkdir(`${ROOT}/docs`, { recursive: true });
await Deno.writeTextFile(`${ROOT}/docs/configuration.md`, configurationDoc());
