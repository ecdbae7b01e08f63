import { AppError } from "../../contracts/errors.ts";
import type { DecodedMessage, RefusedCall, RpcCall } from "./decode.ts";
import type { OnCall } from "./count_call.ts";
import { encodeError, encodeResult } from "./encode.ts";

export interface DispatchOptions {
  /** Carries out one call. An AppError is told to the caller as it is; anything else as `internal`. */
  readonly call: (call: RpcCall) => Promise<unknown>;
  /** Told of what was thrown and is no AppError, so that it can be logged. */
  readonly onInternal: (err: unknown, method: string) => void;
  /** Told what came of each call. Default: nobody is. */
  readonly onCall?: OnCall;
}

/**
 * Carries out the calls of a message, one after the other, and gives the text of the answer: null when there is
 * nothing to answer. Never rejects.
 *
 * @example
 * ```ts
 * const answer = await dispatch(decodeMessage(text), { call: (c) => methods.run(c), onInternal });
 * if (answer !== null) socket.send(answer);
 * ```
 */
export async function dispatch(
  message: DecodedMessage,
  options: DispatchOptions,
): Promise<string | null> {
  if ("refused" in message) return encodeError(null, message.refused);
  const answers: string[] = [];
  for (const call of message.calls) {
    const answer = await answerOne(call, options);
    if (answer !== null) answers.push(answer);
  }
  if (answers.length === 0) return null;
  return message.batch ? `[${answers.join(",")}]` : answers.join("");
}

async function answerOne(
  call: RpcCall | RefusedCall,
  { call: run, onInternal, onCall }: DispatchOptions,
): Promise<string | null> {
  const { id } = call;
  if ("error" in call) return id === undefined ? null : encodeError(id, call.error);
  const startedAt = performance.now();
  try {
    const result = await run(call);
    onCall?.(call.method, "ok", performance.now() - startedAt);
    return id === undefined ? null : encodeResult(id, result);
  } catch (err) {
    if (!(err instanceof AppError)) onInternal(err, call.method);
    const error = err instanceof AppError
      ? err
      : new AppError("internal", "The call failed; it was logged", { cause: err });
    onCall?.(call.method, error.code, performance.now() - startedAt);
    return id === undefined ? null : encodeError(id, error);
  }
}
