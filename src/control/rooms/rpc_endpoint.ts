import type { Context, Hono } from "hono";
import { OPERATIONS } from "../../contracts/all_operations.ts";
import type { OperationShape } from "../../contracts/operations.ts";
import { AppError } from "../../contracts/errors.ts";
import { readJsonText } from "../../platform/http.ts";
import type { Log } from "../../platform/log.ts";
import { countCall } from "../../platform/rpc/count_call.ts";
import { decodeMessage } from "../../platform/rpc/decode.ts";
import { dispatch } from "../../platform/rpc/dispatch.ts";
import { encodeError } from "../../platform/rpc/encode.ts";
import type { CallOptions } from "./rest.ts";
import { callerOf } from "./caller.ts";
import { admittedCaller } from "./door.ts";
import { operationNamed } from "./operations.ts";

export interface RpcEndpointOptions extends CallOptions {
  readonly log: Log;
}

/**
 * Serves the table of operations as JSON-RPC 2.0 on `POST /rpc`; the caller is whoever the request's bearer token
 * names. The HTTP status is 200 whatever a call came to, 204 when there is nothing to answer, and the error's own
 * when the message as a whole could not be used.
 */
export function mountRpc(app: Hono, options: RpcEndpointOptions): void {
  app.post("/rpc", async (c) => {
    let text: string;
    try {
      text = await readJsonText(c);
    } catch (err) {
      if (err instanceof AppError) return answer(encodeError(null, err), err.status);
      throw err;
    }
    const message = decodeMessage(text);
    const body = await dispatch(message, callsOf(c, options));
    return answer(body, "refused" in message ? message.refused.status : 200);
  });
}

function callsOf(c: Context, options: RpcEndpointOptions) {
  const { operations, verifier, log } = options;
  let caller: ReturnType<typeof callerOf> | undefined;
  return {
    call: async ({ method, params }: { method: string; params: unknown }) => {
      caller ??= callerOf(c, verifier);
      const who = await admittedCaller(c, shapeOf(method), options, caller);
      return await operationNamed(method, operations)(params, who);
    },
    onInternal: (err: unknown, method: string) => log.error({ err, method }, "call failed"),
    onCall: countCall("rooms", operations),
  };
}

/** What is no method at all costs as much as one that changes something. */
function shapeOf(method: string): Pick<OperationShape, "method"> {
  const found = Object.entries<OperationShape>(OPERATIONS).find(([name]) => name === method);
  return found?.[1] ?? { method: "POST" };
}

function answer(body: string | null, status: number): Response {
  const headers = new Headers({ "cache-control": "no-store" });
  if (body === null) return new Response(null, { status: 204, headers });
  headers.set("content-type", "application/json");
  return new Response(body, { status, headers });
}
