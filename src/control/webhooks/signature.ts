import { createHmac, randomBytes } from "node:crypto";
import { Buffer } from "node:buffer";

const PREFIX = "whsec_";
const SECRET_BYTES = 32;

export function newSecret(): string {
  return PREFIX + randomBytes(SECRET_BYTES).toString("base64");
}

export interface SignedMessage {
  /** The event's id. */
  readonly id: string;
  readonly body: string;
  /** Unix time in s of this try. */
  readonly timestamp: number;
}

/**
 * The headers by which a receiver knows that a message is ours and fresh, as Standard Webhooks 1.0 has them: an
 * HMAC-SHA256 over `{id}.{timestamp}.{body}`, once for each secret that is valid.
 */
export function signatureHeaders(
  { id, body, timestamp }: SignedMessage,
  secrets: readonly string[],
): Record<string, string> {
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(PREFIX.length), "base64");
    return `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")}`;
  });
  return {
    "webhook-id": id,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": signatures.join(" "),
  };
}
