import { ClientError, isServerCode } from "./client_error.ts";
import { isRecord, list, type Reader, shape, text } from "./shape.ts";

/** How long (ms) a request may take. */
const TIME_LIMIT_MS = 10_000;

export interface HttpCall<T> {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly path: string;
  readonly body?: unknown;
  readonly token?: string;
  readonly read: Reader<T>;
  readonly signal?: AbortSignal;
}

const readFields = list(shape({ pointer: text, detail: text }));

/** Sends JSON to the backend and reads JSON or problem+json (RFC 9457) back. */
export class HttpClient {
  /** @param base The origin of the backend; empty: that of the page. */
  constructor(private readonly base = "") {}

  /** @throws ClientError with the server's code, or `offline`, `timeout`, `bad_answer`. */
  async call<T>(call: HttpCall<T>): Promise<T> {
    const response = await this.#send(call);
    const body = await bodyOf(response);
    if (!response.ok) throw problemOf(response, body);
    try {
      return call.read(body);
    } catch (cause) {
      throw new ClientError("bad_answer", "", [], undefined, { cause });
    }
  }

  async #send(call: HttpCall<unknown>): Promise<Response> {
    const limit = AbortSignal.timeout(TIME_LIMIT_MS);
    const signal = call.signal ? AbortSignal.any([limit, call.signal]) : limit;
    try {
      return await fetch(this.base + call.path, {
        method: call.method,
        headers: {
          accept: "application/json",
          ...(call.body === undefined ? {} : { "content-type": "application/json" }),
          ...(call.token === undefined ? {} : { authorization: `Bearer ${call.token}` }),
        },
        ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
        signal,
      });
    } catch (cause) {
      if (call.signal?.aborted) throw cause;
      throw new ClientError(limit.aborted ? "timeout" : "offline", "", [], undefined, { cause });
    }
  }
}

async function bodyOf(response: Response): Promise<unknown> {
  const type = response.headers.get("content-type") ?? "";
  try {
    const content = await response.text();
    return /json/.test(type) && content !== "" ? JSON.parse(content) : null;
  } catch {
    return null;
  }
}

/** The error a failed response stands for, whoever wrote it: a role, or a proxy on the way. */
export function problemOf(response: Response, body: unknown): ClientError {
  const problem = isRecord(body) ? body : {};
  const after = Number(response.headers.get("retry-after") ?? NaN);
  const retryAfterS = Number.isFinite(after) ? after : undefined;
  const code = typeof problem.code === "string" && isServerCode(problem.code)
    ? problem.code
    : codeOfStatus(response.status);
  const detail = typeof problem.detail === "string" ? problem.detail : "";
  return new ClientError(code, detail, fieldsOf(problem.errors), retryAfterS);
}

function fieldsOf(errors: unknown) {
  try {
    return errors === undefined ? [] : readFields(errors);
  } catch {
    return [];
  }
}

function codeOfStatus(status: number) {
  if (status === 401) return "unauthorized";
  if (status === 403) return "forbidden";
  if (status === 404) return "not_found";
  if (status === 429) return "too_many_requests";
  return status >= 502 && status <= 504 ? "unavailable" : "internal";
}
