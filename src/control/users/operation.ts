import type { z } from "zod";
import { parseOrThrow } from "../../contracts/jsonrpc.ts";
import type { OperationShape } from "../../contracts/operations.ts";
import type { AccessClaims } from "../../contracts/users.ts";

/** Who calls. */
export interface Call {
  /** What the caller counts as for limits, see client_address.ts. */
  readonly address: string;
  /** The claims of a valid access token; null where the operation asks for none. */
  readonly claims: AccessClaims | null;
}

/** An operation of the table that can be called with whatever came over the wire. */
export interface BoundOperation
  extends Pick<OperationShape, "method" | "path" | "auth" | "status"> {
  /** @throws AppError `invalid_params`, or an error of the operation. */
  run(params: unknown, call: Call): Promise<unknown>;
}

/** Puts the table's schemas around a handler: it is given valid params, and gives a valid result. */
export function bind<P extends z.ZodType, R extends z.ZodType>(
  operation: OperationShape & { readonly params: P; readonly result: R },
  run: (params: z.output<P>, call: Call) => Promise<z.input<R>>,
): BoundOperation {
  const { method, path, auth, status, params, result } = operation;
  return {
    ...{ method, path, auth, status },
    run: async (raw, call) => result.parse(await run(parseOrThrow(params, raw), call)),
  };
}
