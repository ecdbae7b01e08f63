import { Buffer } from "node:buffer";
import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import { SecretGate } from "./secret_gate.ts";

const derive = promisify(scrypt) as (
  secret: string,
  salt: Uint8Array,
  length: number,
  options: { N: number; r: number; p: number; maxmem: number },
) => Promise<Uint8Array>;

/** scrypt cost (RFC 7914): 2^15 × 8 × 1 needs 32 MiB and some 60 ms. */
const COST = { ln: 15, r: 8, p: 1 } as const;
const FORM = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([\w+/]{16,})\$([\w+/]{32,})$/;

/** All of this process take turns, whatever they hash for. */
const gate = new SecretGate();

/**
 * A salted scrypt hash of a password or PIN, in PHC string form.
 *
 * @throws AppError `unavailable` when too many wait already.
 */
export async function hashSecret(secret: string): Promise<string> {
  const salt = randomBytes(16);
  const hash = await scryptOf(secret, salt, COST);
  return `$scrypt$ln=${COST.ln},r=${COST.r},p=${COST.p}$${base64(salt)}$${base64(hash)}`;
}

/**
 * Whether the secret is the one that was hashed. A hash in another form never matches.
 *
 * @throws AppError `unavailable` when too many wait already.
 */
export async function verifySecret(secret: string, phc: string): Promise<boolean> {
  const [, ln, r, p, salt, hash] = FORM.exec(phc) ?? [];
  if (salt === undefined || hash === undefined) return false;
  const expected = Buffer.from(hash, "base64");
  const cost = { ln: Math.min(Number(ln), 17), r: Number(r), p: Number(p) };
  const actual = await scryptOf(secret, Buffer.from(salt, "base64"), cost);
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

function scryptOf(secret: string, salt: Uint8Array, cost: { ln: number; r: number; p: number }) {
  const options = { N: 2 ** cost.ln, r: cost.r, p: cost.p, maxmem: 256 * 1024 * 1024 };
  return gate.run(() => derive(secret.normalize("NFKC"), salt, 32, options));
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64").replace(/=+$/, "");
}
