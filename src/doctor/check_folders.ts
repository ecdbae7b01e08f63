import type { Config } from "../platform/config.ts";
import { type Finding, unwell, well } from "./finding.ts";

/** Whether the data folder can be written. */
export async function checkFolders({ ROOMCAST_DATA_DIR: dir }: Config): Promise<Finding[]> {
  const what = "data folder";
  try {
    await Deno.mkdir(dir, { recursive: true });
    const probe = await Deno.makeTempFile({ dir });
    await Deno.remove(probe);
    return [well(what, `${dir} can be written`)];
  } catch (err) {
    const reason = err instanceof Error ? err.message.split("\n")[0] : String(err);
    return [unwell(what, `${dir}: ${reason}`, "make it writable, or set ROOMCAST_DATA_DIR")];
  }
}
