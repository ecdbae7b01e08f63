import { AppError } from "../../contracts/errors.ts";
import { type RpcId, toRpcError } from "../../contracts/jsonrpc.ts";

/** The answer to a call: its result (undefined becomes null), or the error object of an error. */
export function encodeResult(id: RpcId, result: unknown): string {
  try {
    return JSON.stringify({ jsonrpc: "2.0", id, result: result ?? null });
  } catch (cause) {
    return encodeError(id, new AppError("internal", "The result cannot be sent", { cause }));
  }
}

/** The answer to a call that failed, or (id null) to a message of which no call could be made out. */
export function encodeError(id: RpcId, error: AppError): string {
  return JSON.stringify({ jsonrpc: "2.0", id, error: toRpcError(error) });
}

/** A notification: it gets no answer. */
export function encodeNotification(method: string, params: unknown): string {
  return JSON.stringify({ jsonrpc: "2.0", method, params });
}

/** A call to somebody else. */
export function encodeCall(id: RpcId, method: string, params: unknown): string {
  return JSON.stringify({ jsonrpc: "2.0", id, method, params });
}
