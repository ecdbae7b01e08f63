import { createRemoteJWKSet, errors, jwtVerify, type JWTVerifyGetKey } from "jose";
import { AppError } from "../contracts/errors.ts";
import { AccessClaims, TOKEN_AUDIENCE, TOKEN_ISSUER } from "../contracts/users.ts";

/** Checks an access token and gives its claims, with `exp` (Unix seconds). */
export interface TokenVerifier {
  /** @throws AppError `unauthorized`, `token_expired`, or `unavailable` when the key set cannot be had. */
  verify(token: string): Promise<AccessClaims & { exp: number }>;
}

/**
 * A verifier that takes EdDSA only, with the issuer, audience and lifetime checked.
 *
 * @param keys Where public keys come from: a remote key set, or local keys in the User Service itself.
 */
export function createTokenVerifier(keys: JWTVerifyGetKey): TokenVerifier {
  return {
    async verify(token) {
      try {
        const { payload } = await jwtVerify(token, keys, {
          algorithms: ["EdDSA"],
          issuer: TOKEN_ISSUER,
          audience: TOKEN_AUDIENCE,
          requiredClaims: ["sub", "exp"],
          clockTolerance: 5,
        });
        return { ...AccessClaims.parse(payload), exp: payload.exp ?? 0 };
      } catch (cause) {
        throw asAppError(cause);
      }
    },
  };
}

/** Keys to check tokens with, and whether there are any. */
export type RemoteKeys = JWTVerifyGetKey & {
  /** Null when a key set is known, or could be had just now; else why not. */
  unhealthy(): Promise<string | null>;
};

/** The key set of the User Service at `url`, cached, and fetched anew when an unknown key id appears. */
export function remoteKeys(url: string): RemoteKeys {
  const keys = createRemoteJWKSet(new URL("/.well-known/jwks.json", url), {
    timeoutDuration: 3000,
    cooldownDuration: 5000,
    cacheMaxAge: 10 * 60 * 1000,
  });
  const unhealthy = async () => {
    try {
      if (keys.jwks() === undefined) await keys.reload();
      return null;
    } catch {
      return "the User Service does not give its key set";
    }
  };
  return Object.assign<JWTVerifyGetKey, { unhealthy: typeof unhealthy }>(keys, { unhealthy });
}

function asAppError(cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  if (cause instanceof errors.JWTExpired) {
    return new AppError("token_expired", "The access token has expired: refresh it", { cause });
  }
  const away = cause instanceof errors.JWKSTimeout || cause instanceof TypeError ||
    (cause instanceof errors.JOSEError && cause.code === "ERR_JOSE_GENERIC");
  if (away) {
    return new AppError("unavailable", "The User Service cannot be reached to check the token", {
      cause,
      retryAfterS: 2,
    });
  }
  return new AppError("unauthorized", "The access token is not valid", { cause });
}
