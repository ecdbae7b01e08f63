import { AppError } from "../../contracts/errors.ts";
import type { DecodedMessage, RefusedCall, RpcCall } from "./decode.ts";
import { encodeError, encodeResult } from "./encode.ts";

export interface DispatchOptions {
  /** Carries out one call. An AppError is told to the caller as it is; anything else as `internal`. */
  readonly call: (call: RpcCall) => Promise<unknown>;
  /** Told of what was thrown and is no AppError, so that it can be logged. */
  readonly onInternal: (err: unknown, method: string) => void;
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
  { call: run, onInternal }: DispatchOptions,
): Promise<string | null> {
  const { id } = call;
  if ("error" in call) return id === undefined ? null : encodeError(id, call.error);
  try {
    const result = await run(call);
    return id === undefined ? null : encodeResult(id, result);
  } catch (err) {
    if (!(err instanceof AppError)) onInternal(err, call.method);
    if (id === undefined) return null;
    return encodeError(
      id,
      err instanceof AppError
        ? err
        : new AppError("internal", "The call failed; it was logged", { cause: err }),
    );
  }
}
