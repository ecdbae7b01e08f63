import { z } from "zod";

/** A room id: 3–64 characters, lower case letters, digits and dashes. Safe in a path, a key and a Janus id. */
export const RoomId = z.string().regex(
  /^[a-z0-9][a-z0-9-]{2,63}$/,
  "3 to 64 lower case letters, digits and dashes, beginning with a letter or digit",
);
export type RoomId = z.infer<typeof RoomId>;

/** The id of a Janus or mixer node. */
export const NodeId = z.string().regex(
  /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
  "1 to 63 letters, digits, dots, dashes and underscores",
);
export type NodeId = z.infer<typeof NodeId>;

/** The id of one broadcast of a room, new at each start. It stands in the URI of every part and segment. */
export const LiveId = z.string().regex(/^[a-z0-9]{8,32}$/, "8 to 32 lower case letters and digits");
export type LiveId = z.infer<typeof LiveId>;

/** The id of an account or guest. */
export const UserId = z.string().regex(/^[a-z0-9][a-z0-9-]{2,63}$/, "a user id");
export type UserId = z.infer<typeof UserId>;

/** A name shown to people: 1–48 characters, no control characters, trimmed. */
export const DisplayName = z.string().trim().min(1).max(48).regex(
  /^[^\p{Cc}\p{Cf}]+$/u,
  "no control characters",
);

const ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789";

/** A random id of `length` characters (5 bits each) from an alphabet without look-alikes. */
export function randomId(length: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(length));
  return Array.from(bytes, (byte) => ALPHABET[byte & 31]).join("");
}
