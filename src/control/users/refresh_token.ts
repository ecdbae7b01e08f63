import { createHash, createHmac, randomBytes } from "node:crypto";

/** A refresh token: the session it belongs to, and a secret that works once. */
export interface RefreshToken {
  readonly family: string;
  readonly secret: string;
}

/** 128 bits of session id, 256 bits of secret, both base64url. */
const FORM = /^([\w-]{22})\.([\w-]{43})$/;

export function newRefreshToken(): RefreshToken {
  return {
    family: randomBytes(16).toString("base64url"),
    secret: randomBytes(32).toString("base64url"),
  };
}

/** The token in a text, or null when it is not one. */
export function parseRefreshToken(text: string): RefreshToken | null {
  const [, family, secret] = FORM.exec(text) ?? [];
  return family === undefined || secret === undefined ? null : { family, secret };
}

export function formatRefreshToken({ family, secret }: RefreshToken): string {
  return `${family}.${secret}`;
}

/** What Redis keeps of a secret. It is random and long, so a plain hash is enough. */
export function hashOf({ secret }: RefreshToken): string {
  return createHash("sha256").update(secret).digest("base64url");
}

/** A value that turns a token into its successor. */
export function newNonce(): string {
  return randomBytes(32).toString("base64url");
}

/**
 * The token that follows another. It takes both the token and the nonce to make it, so Redis can hold the nonce:
 * whoever sends the same token twice can be given the same successor, and Redis never holds a token.
 */
export function successorOf({ family, secret }: RefreshToken, nonce: string): RefreshToken {
  return { family, secret: createHmac("sha256", secret).update(nonce).digest("base64url") };
}
