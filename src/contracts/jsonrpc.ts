import { z } from "zod";
import { AppError, type ErrorCode, ERRORS, type FieldError } from "./errors.ts";

/** JSON-RPC 2.0 (https://www.jsonrpc.org/specification). Ids are strings, integers or null. */
export const RpcId = z.union([z.string().max(64), z.number().int(), z.null()]);
export type RpcId = z.infer<typeof RpcId>;

export const RpcRequest = z.object({
  jsonrpc: z.literal("2.0"),
  /** Absent: a notification, which gets no answer. */
  id: RpcId.optional(),
  method: z.string().min(1).max(64),
  params: z.record(z.string(), z.unknown()).optional(),
});
export type RpcRequest = z.infer<typeof RpcRequest>;

export const RpcErrorObject = z.object({
  code: z.number().int(),
  message: z.string(),
  data: z.object({
    code: z.string(),
    detail: z.string(),
    retry: z.boolean(),
    retryAfterS: z.number().optional(),
    errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
  }).optional(),
});
export type RpcErrorObject = z.infer<typeof RpcErrorObject>;

export const RpcResponse = z.object({
  jsonrpc: z.literal("2.0"),
  id: RpcId,
  result: z.unknown().optional(),
  error: RpcErrorObject.optional(),
});
export type RpcResponse = z.infer<typeof RpcResponse>;

/** The most calls a batch may hold. */
export const MAX_BATCH = 20;

/** The JSON-RPC error object of an error; the table's code name is in `data.code`. */
export function toRpcError(error: AppError): RpcErrorObject {
  const { rpc, title, retry } = ERRORS[error.code];
  return {
    code: rpc,
    message: title,
    data: {
      code: error.code,
      detail: error.detail,
      retry,
      ...(error.retryAfterS === undefined ? {} : { retryAfterS: error.retryAfterS }),
      ...(error.fields.length > 0 ? { errors: [...error.fields] } : {}),
    },
  };
}

/** The error that a JSON-RPC error object stands for; an unknown code becomes `internal`. */
export function fromRpcError(object: RpcErrorObject): AppError {
  const name = object.data?.code;
  const code: ErrorCode = name !== undefined && Object.hasOwn(ERRORS, name)
    ? name as ErrorCode
    : "internal";
  return new AppError(code, object.data?.detail ?? object.message, {
    ...(object.data?.errors ? { fields: object.data.errors } : {}),
    ...(object.data?.retryAfterS === undefined ? {} : { retryAfterS: object.data.retryAfterS }),
  });
}

/** What zod found wrong, as JSON pointers (RFC 6901) with a sentence each; at most ten. */
export function fieldErrors(error: z.ZodError): FieldError[] {
  return error.issues.slice(0, 10).map((issue) => ({
    pointer: issue.path
      .map((step) => `/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`)
      .join(""),
    detail: issue.message,
  }));
}

/**
 * Parses a value of a caller by a schema.
 *
 * @throws AppError `invalid_params` (or the code given) with a field error for each issue.
 */
export function parseOrThrow<S extends z.ZodType>(
  schema: S,
  value: unknown,
  code: ErrorCode = "invalid_params",
): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const fields = fieldErrors(parsed.error);
  const first = fields[0];
  const detail = first ? `${first.pointer || "/"}: ${first.detail}` : "Not a valid value";
  throw new AppError(code, detail, { fields });
}
