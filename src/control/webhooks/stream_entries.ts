import { z } from "zod";

/** An entry of a stream: its id and its fields, one after the other; null when it was deleted meanwhile. */
const Entry = z.tuple([z.string(), z.array(z.string()).nullable()]);
export type FeedEntry = z.infer<typeof Entry>;

/** What XREADGROUP answers. */
export const FeedAnswer = z.array(z.tuple([z.string(), z.array(Entry)])).nullable();
/** What XAUTOCLAIM answers. */
export const FeedClaim = z.tuple([z.string(), z.array(Entry)]).rest(z.unknown());

/** The fields of an entry by name. */
export function fieldsOf(flat: readonly string[]): Record<string, string> {
  const pairs = Array.from(
    { length: Math.floor(flat.length / 2) },
    (_, index): [string, string] => [flat[2 * index] ?? "", flat[2 * index + 1] ?? ""],
  );
  return Object.fromEntries(pairs);
}
