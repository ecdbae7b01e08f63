import { z } from "zod";
import { AppError } from "../../contracts/errors.ts";
import { fieldErrors, MAX_BATCH, RpcId } from "../../contracts/jsonrpc.ts";

/** One call of a message. Without an id it is a notification, which gets no answer. */
export interface RpcCall {
  readonly id: RpcId | undefined;
  readonly method: string;
  /** As the caller sent them: not yet checked by the method's schema. */
  readonly params: Readonly<Record<string, unknown>>;
}

/** One call that cannot be made. Without an id it was a notification, which gets no answer either. */
export interface RefusedCall {
  readonly id: RpcId | undefined;
  readonly error: AppError;
}

/** What a text says: its calls, or why none of it can be used. */
export type DecodedMessage =
  | { readonly batch: boolean; readonly calls: readonly (RpcCall | RefusedCall)[] }
  | { readonly refused: AppError };

const Envelope = z.object({
  jsonrpc: z.literal("2.0", 'must be "2.0"'),
  method: z.string().min(1).max(64),
});
const Params = z.record(z.string(), z.unknown());

/**
 * Reads a JSON-RPC 2.0 message (§4 to §6 of the specification); params are by name only. Never throws,
 * whatever the text. A batch of more than {@link MAX_BATCH} calls is refused as a whole.
 */
export function decodeMessage(text: string): DecodedMessage {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    return { refused: new AppError("parse_error", "The message is not valid JSON", { cause }) };
  }
  if (!Array.isArray(json)) return { batch: false, calls: [decodeCall(json)] };
  if (json.length === 0) {
    return { refused: new AppError("invalid_request", "A batch holds at least one call") };
  }
  if (json.length > MAX_BATCH) {
    const detail = `A batch may hold ${MAX_BATCH} calls at most; this one has ${json.length}`;
    return { refused: new AppError("invalid_request", detail) };
  }
  return { batch: true, calls: json.map(decodeCall) };
}

function decodeCall(json: unknown): RpcCall | RefusedCall {
  const fields = z.looseObject({}).safeParse(json);
  if (!fields.success) {
    return { id: null, error: new AppError("invalid_request", "A call is a JSON object") };
  }
  const id = RpcId.optional().safeParse(fields.data["id"]);
  if (!id.success) {
    const detail = "/id: must be a whole number, null, or a string of 64 characters at most";
    return { id: null, error: new AppError("invalid_request", detail) };
  }
  const envelope = Envelope.safeParse(json);
  if (!envelope.success) {
    return { id: id.data ?? null, error: asError("invalid_request", envelope.error) };
  }
  const params = Params.safeParse(fields.data["params"] ?? {});
  if (!params.success) {
    const detail = "/params: must be an object; params by position are not taken";
    return { id: id.data, error: new AppError("invalid_params", detail) };
  }
  return { id: id.data, method: envelope.data.method, params: params.data };
}

function asError(code: "invalid_request", error: z.ZodError): AppError {
  const fields = fieldErrors(error);
  const detail = fields.map((field) => `${field.pointer || "/"}: ${field.detail}`).join("; ");
  return new AppError(code, detail, { fields });
}
