import { AppError } from "../../contracts/errors.ts";
import { fromRpcError, RpcResponse } from "../../contracts/jsonrpc.ts";
import { ROOM_OPERATIONS, type RoomView } from "../../contracts/operations.ts";
import type { METHODS } from "../../contracts/rpc.ts";
import { encodeCall } from "../../platform/rpc/encode.ts";

/** How long (ms) the Room Manager may take. */
const LIMIT_MS = 8000;

/** The room operations that a page may call over its socket. */
export type ProxiedOperation = Extract<keyof typeof METHODS, keyof typeof ROOM_OPERATIONS>;

/** Passes room operations on to the Room Manager (`POST /rpc`), as the caller. */
export class RoomManager {
  readonly #url: URL;

  constructor(url: string) {
    this.#url = new URL("/rpc", url);
  }

  /**
   * @param token The caller's own access token.
   * @throws AppError as the Room Manager gave it, or `unavailable` when it did not answer.
   */
  async call(operation: ProxiedOperation, params: unknown, token: string): Promise<RoomView> {
    const { error, result } = await this.#post(encodeCall(1, operation, params), token);
    if (error) throw fromRpcError(error);
    const view = ROOM_OPERATIONS[operation].result.safeParse(result);
    if (view.success) return view.data;
    throw new Error(`Cannot use the Room Manager's answer to ${operation}`, { cause: view.error });
  }

  async #post(body: string, token: string): Promise<RpcResponse> {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(new Error("no answer in time")), LIMIT_MS);
    try {
      const response = await fetch(this.#url, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
        body,
        signal: limit.signal,
      });
      return RpcResponse.parse(await response.json());
    } catch (cause) {
      throw new AppError("unavailable", "The Room Manager cannot be reached", {
        cause,
        retryAfterS: 2,
      });
    } finally {
      clearTimeout(timer);
    }
  }
}
