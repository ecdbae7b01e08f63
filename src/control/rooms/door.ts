import type { Context } from "hono";
import { AppError } from "../../contracts/errors.ts";
import type { OperationShape } from "../../contracts/operations.ts";
import type { TokenVerifier } from "../../platform/jwt.ts";
import type { CallLimits } from "./call_limits.ts";
import { type Caller, callerOf } from "./caller.ts";

/** What every call passes, however it comes. */
export interface Door {
  readonly verifier: Pick<TokenVerifier, "verify">;
  readonly limits: CallLimits;
  /** What a request's sender counts as, see client_address.ts. */
  readonly addressOf: (c: Context) => string;
}

/**
 * Who makes a call, if they have not made too many. One whose token does not pass counts as nobody's: it costs no less.
 *
 * @param claimed Who the request's token names; default: it is looked at now.
 * @throws AppError as {@link callerOf}, or `too_many_requests`.
 */
export async function admittedCaller(
  c: Context,
  operation: Pick<OperationShape, "method">,
  { verifier, limits, addressOf }: Door,
  claimed: Promise<Caller> = callerOf(c, verifier),
): Promise<Caller> {
  let caller: Caller;
  try {
    caller = await claimed;
  } catch (err) {
    if (err instanceof AppError && err.status === 401) limits.take(operation, null, addressOf(c));
    throw err;
  }
  limits.take(operation, caller, addressOf(c));
  return caller;
}
