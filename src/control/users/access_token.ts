import { importJWK, SignJWT } from "jose";
import { ACCESS_TTL_S, TOKEN_AUDIENCE, TOKEN_ISSUER } from "../../contracts/users.ts";
import type { Account } from "./accounts.ts";
import type { SigningKey } from "./key_ring.ts";

/** An access token of {@link ACCESS_TTL_S} seconds (EdDSA, RFC 8037 §3.1). */
export async function signAccessToken(
  { id, name, role }: Pick<Account, "id" | "name" | "role">,
  { kid, jwk }: SigningKey,
  nowMs: number,
): Promise<string> {
  const nowS = Math.floor(nowMs / 1000);
  return await new SignJWT({ name, role })
    .setProtectedHeader({ alg: "EdDSA", kid, typ: "JWT" })
    .setIssuer(TOKEN_ISSUER)
    .setAudience(TOKEN_AUDIENCE)
    .setSubject(id)
    .setIssuedAt(nowS)
    .setExpirationTime(nowS + ACCESS_TTL_S)
    .sign(await importJWK(jwk, "EdDSA"));
}
