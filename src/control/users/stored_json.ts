import type { z } from "zod";

/**
 * A value read back from Redis.
 *
 * @throws Error naming the key, never the value, when it is not what the schema says.
 */
export function parseStored<S extends z.ZodType>(
  schema: S,
  key: string,
  text: string,
): z.output<S> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Error(`Cannot read ${key}: its value is not JSON`);
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Error(`Cannot read ${key}: /${issue?.path.join("/") ?? ""}: ${issue?.message ?? ""}`);
}
