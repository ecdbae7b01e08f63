import { calculateJwkThumbprint, exportJWK, generateKeyPair } from "jose";
import { z } from "zod";
import { ACCESS_TTL_S } from "../../contracts/users.ts";

/** An Ed25519 key pair (RFC 8037) and the time from which on it signs. */
export const SigningKey = z.object({
  /** The thumbprint of the public key (RFC 7638). */
  kid: z.string().min(1),
  /** Unix time in ms. */
  signsFrom: z.number().int().nonnegative(),
  jwk: z.object({
    kty: z.literal("OKP"),
    crv: z.literal("Ed25519"),
    x: z.string().min(1),
    d: z.string().min(1),
  }),
});
export type SigningKey = z.infer<typeof SigningKey>;

/** The signing keys, in the order in which they sign. */
export const KeyRing = z.tuple([SigningKey], SigningKey);
export type KeyRing = z.infer<typeof KeyRing>;

/** A public key as the key set shows it (RFC 7517). */
export interface PublicKey {
  readonly kty: "OKP";
  readonly crv: "Ed25519";
  readonly x: string;
  readonly kid: string;
  readonly alg: "EdDSA";
  readonly use: "sig";
}

/** How long (ms) a key is published after its successor began to sign: its last token's life, and slack for clocks. */
const RETIRED_MS = ACCESS_TTL_S * 1000 + 2 * 60 * 1000;

/** Makes a key pair that signs from `signsFrom` (Unix time in ms) on. */
export async function newSigningKey(signsFrom: number): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair("EdDSA", { crv: "Ed25519", extractable: true });
  const jwk = SigningKey.shape.jwk.parse(await exportJWK(privateKey));
  return { kid: await calculateJwkThumbprint(jwk), signsFrom, jwk };
}

/** The key that signs now. */
export function signingKey(ring: KeyRing, nowMs: number): SigningKey {
  return ring.findLast((key) => key.signsFrom <= nowMs) ?? ring[0];
}

/** The keys whose tokens may be met now or soon: those to come, the one that signs, those not long retired. */
export function livingKeys(ring: KeyRing, nowMs: number): SigningKey[] {
  return ring.filter((_, index) => {
    const successor = ring[index + 1];
    return successor === undefined || nowMs < successor.signsFrom + RETIRED_MS;
  });
}

/** The ring with one more key, without those that are dead. */
export function withKey(ring: KeyRing, key: SigningKey, nowMs: number): KeyRing {
  const [first, ...rest] = [...livingKeys(ring, nowMs), key]
    .toSorted((a, b) => a.signsFrom - b.signsFrom);
  return first === undefined ? [key] : [first, ...rest];
}

/** The public half. */
export function publicKey({ kid, jwk: { kty, crv, x } }: SigningKey): PublicKey {
  return { kty, crv, x, kid, alg: "EdDSA", use: "sig" };
}
