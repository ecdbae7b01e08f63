import type { z } from "zod";
import type { Log } from "../platform/log.ts";
import type { Entry } from "./store.ts";

/** The value of a key by its schema, or null (and a line in the log) when it does not fit. */
export function parseEntry<S extends z.ZodType>(
  schema: S,
  entry: Entry,
  log: Log,
): z.output<S> | null {
  let json: unknown;
  try {
    json = JSON.parse(entry.value);
  } catch {
    log.error({ key: entry.key, revision: String(entry.modRevision) }, "a key holds no JSON");
    return null;
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  log.error(
    {
      key: entry.key,
      revision: String(entry.modRevision),
      issues: parsed.error.issues.slice(0, 3).map((issue) =>
        `${issue.path.join(".")}: ${issue.message}`
      ),
    },
    "a key holds what its schema refuses",
  );
  return null;
}
