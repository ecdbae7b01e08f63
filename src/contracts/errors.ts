/**
 * The one table of errors a caller can meet. `status` is HTTP, `rpc` is the JSON-RPC 2.0 code
 * (-32768…-32000 are reserved by the JSON-RPC specification, ours begin at 1000),
 * `retry` says whether the same call may succeed later.
 */
export const ERRORS = {
  parse_error: { status: 400, rpc: -32700, retry: false, title: "The message is not valid JSON" },
  invalid_request: { status: 400, rpc: -32600, retry: false, title: "The request is not valid" },
  method_not_found: { status: 404, rpc: -32601, retry: false, title: "There is no such method" },
  invalid_params: { status: 400, rpc: -32602, retry: false, title: "A value is not valid" },
  internal: { status: 500, rpc: -32603, retry: true, title: "Something went wrong on our side" },
  unauthorized: { status: 401, rpc: 1000, retry: false, title: "Sign in first" },
  token_expired: { status: 401, rpc: 1001, retry: false, title: "The access token has expired" },
  forbidden: { status: 403, rpc: 1002, retry: false, title: "This is not yours to change" },
  not_found: { status: 404, rpc: 1003, retry: false, title: "There is nothing here" },
  room_not_found: { status: 404, rpc: 1004, retry: false, title: "There is no such room" },
  room_exists: { status: 409, rpc: 1005, retry: false, title: "A room with this id exists" },
  room_not_live: { status: 404, rpc: 1006, retry: true, title: "The room is not live" },
  room_over: { status: 410, rpc: 1007, retry: false, title: "The broadcast is over" },
  room_live: { status: 409, rpc: 1008, retry: true, title: "The room is live" },
  pin_required: { status: 403, rpc: 1009, retry: false, title: "This room asks for a PIN" },
  pin_wrong: { status: 403, rpc: 1010, retry: false, title: "The PIN is wrong" },
  too_many_requests: { status: 429, rpc: 1011, retry: true, title: "Too many tries" },
  payload_too_large: { status: 413, rpc: 1012, retry: false, title: "The message is too large" },
  unsupported_media_type: {
    status: 415,
    rpc: 1013,
    retry: false,
    title: "Not in this content type",
  },
  method_not_allowed: { status: 405, rpc: 1014, retry: false, title: "Not with this HTTP method" },
  conflict: { status: 409, rpc: 1015, retry: true, title: "Somebody else changed it meanwhile" },
  no_capacity: { status: 503, rpc: 1016, retry: true, title: "No media node is free" },
  unavailable: { status: 503, rpc: 1017, retry: true, title: "A part of the system is away" },
  not_joined: { status: 409, rpc: 1018, retry: false, title: "Join a room first" },
  already_joined: { status: 409, rpc: 1019, retry: false, title: "You are in a room already" },
  media_failed: { status: 502, rpc: 1020, retry: true, title: "The media server refused" },
  login_failed: { status: 401, rpc: 1021, retry: false, title: "Name or password is wrong" },
  name_taken: { status: 409, rpc: 1022, retry: false, title: "This name is taken" },
  guests_off: { status: 403, rpc: 1023, retry: false, title: "Guests are not let in here" },
  seat_gone: { status: 410, rpc: 1025, retry: false, title: "The seat cannot be taken up again" },
  webhook_limit: { status: 409, rpc: 1040, retry: false, title: "There are too many webhooks" },
  room_not_on_air: { status: 409, rpc: 1026, retry: true, title: "The room is not on air" },
  unprocessable: { status: 422, rpc: 1027, retry: false, title: "This offer cannot be taken" },
  precondition_required: { status: 428, rpc: 1028, retry: false, title: "If-Match is missing" },
  precondition_failed: { status: 412, rpc: 1029, retry: false, title: "Not the session's ETag" },
  too_many_keys: { status: 409, rpc: 1030, retry: false, title: "The room has enough stream keys" },
  link_required: { status: 403, rpc: 1041, retry: false, title: "A link is needed to listen" },
  link_wrong: { status: 403, rpc: 1042, retry: false, title: "The link is not valid" },
  link_expired: { status: 403, rpc: 1043, retry: false, title: "The link has expired" },
  not_acceptable: { status: 406, rpc: 1024, retry: false, title: "Not in this form" },
} as const satisfies Record<
  string,
  { status: number; rpc: number; retry: boolean; title: string }
>;
export type ErrorCode = keyof typeof ERRORS;

/** One thing wrong with one value, as RFC 9457 §3 shows it. */
export interface FieldError {
  /** A JSON pointer to the value. */
  readonly pointer: string;
  readonly detail: string;
}

export interface AppErrorOptions {
  readonly cause?: unknown;
  readonly fields?: readonly FieldError[];
  /** Seconds after which a retry makes sense. */
  readonly retryAfterS?: number;
}

/** An error that a caller is meant to see: a code of the table and a sentence about this case. */
export class AppError extends Error {
  override readonly name = "AppError";
  readonly fields: readonly FieldError[];
  readonly retryAfterS: number | undefined;

  constructor(readonly code: ErrorCode, readonly detail: string, options: AppErrorOptions = {}) {
    super(detail, options.cause === undefined ? {} : { cause: options.cause });
    this.fields = options.fields ?? [];
    this.retryAfterS = options.retryAfterS;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }
}

/** RFC 9457 problem details. `code` is a key of {@link ERRORS}. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly errors?: readonly FieldError[];
}

/** The problem+json body of an error. */
export function toProblem(error: AppError): Problem {
  const { status, title } = ERRORS[error.code];
  return {
    type: `urn:roomcast:error:${error.code}`,
    title,
    status,
    detail: error.detail,
    code: error.code,
    ...(error.fields.length > 0 ? { errors: error.fields } : {}),
  };
}
