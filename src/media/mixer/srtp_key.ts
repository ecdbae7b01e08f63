import type { SrtpKey } from "../../contracts/room.ts";

/** A random key and salt for AES_CM_128_HMAC_SHA1_80. */
export function newSrtpKey(): SrtpKey {
  return crypto.getRandomValues(new Uint8Array(30)).toBase64();
}
