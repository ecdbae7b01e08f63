import { createHash, timingSafeEqual } from "node:crypto";
import { randomId } from "../contracts/ids.ts";

/** `rsk_`, the key's id, and 160 random bits. */
const FORM = /^rsk_([a-z0-9]{8})_([a-z0-9]{32})$/;

/** A new stream key, with the id that it carries. */
export function newStreamKey(): { id: string; key: string } {
  const id = randomId(8);
  return { id, key: `rsk_${id}_${randomId(32)}` };
}

/** The id in a stream key; null for any other text. */
export function streamKeyId(text: string): string | null {
  return FORM.exec(text)?.[1] ?? null;
}

/** What is kept of a key. It is random, so one round of SHA-256 is enough. */
export function hashStreamKey(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}

/** Whether it is the key that was hashed; takes as long either way. */
export function isStreamKey(key: string, hash: string): boolean {
  const encoder = new TextEncoder();
  const [actual, expected] = [encoder.encode(hashStreamKey(key)), encoder.encode(hash)];
  return actual.length === expected.length && timingSafeEqual(actual, expected);
}
