import type { Context } from "hono";
import { AppError } from "../../contracts/errors.ts";
import type { RoomMeta } from "../../contracts/room.ts";
import type { AccessClaims } from "../../contracts/users.ts";
import { bearerToken } from "../../platform/http.ts";
import type { TokenVerifier } from "../../platform/jwt.ts";

/** Who makes a call, and until when (Unix time in s) that is believed; null for somebody who did not say. */
export type Caller = (AccessClaims & { readonly exp?: number }) | null;

/**
 * Who sent a request.
 *
 * @throws AppError `unauthorized`, `token_expired` or `unavailable` when a token was given and did not pass, even
 * where none is needed: a caller who thinks to be signed in should know.
 */
export async function callerOf(
  c: Context,
  verifier: Pick<TokenVerifier, "verify">,
): Promise<Caller> {
  if (c.req.header("authorization") === undefined) return null;
  const token = bearerToken(c);
  if (token === null) {
    throw new AppError("unauthorized", "The authorization header holds no bearer token");
  }
  return await verifier.verify(token);
}

/** @throws AppError `unauthorized` when nobody is signed in. */
export function signedIn(caller: Caller): AccessClaims {
  if (caller !== null) return caller;
  throw new AppError("unauthorized", "Send an access token as a bearer token");
}

/** @throws AppError `forbidden` unless the caller owns the room or is an admin. */
export function assertMayChange(meta: RoomMeta, caller: Caller): void {
  const { sub, role } = signedIn(caller);
  if (meta.owner.id === sub || role === "admin") return;
  throw new AppError("forbidden", "Only the room's owner or an admin may do this");
}
