import { type Context, Hono } from "hono";
import { AppError, type Problem, toProblem } from "../contracts/errors.ts";
import { type Health, lookAtAll } from "./checks.ts";
import { measured } from "./http_metrics.ts";
import type { Log } from "./log.ts";
import { sleep } from "./backoff.ts";
import type { Running } from "./lifecycle.ts";
import { metricsText } from "./metrics.ts";

/** The largest JSON body accepted, in bytes. */
export const MAX_BODY_BYTES = 64 * 1024;

/** An error as an RFC 9457 response. */
export function problemResponse(error: AppError): Response {
  const problem: Problem = toProblem(error);
  return new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: {
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      ...(error.retryAfterS === undefined
        ? {}
        : { "retry-after": String(Math.ceil(error.retryAfterS)) }),
    },
  });
}

/**
 * A Hono app whose errors are problem+json, with `/livez`, `/readyz` and `/metrics`.
 * Drive it in tests with `app.request()`.
 *
 * @param health Whose app it is, and what `/readyz` looks at. Without it nothing is measured, and it is always ready.
 */
export function createApp(log: Log, health?: Health): Hono {
  const app = new Hono();
  if (health !== undefined) app.use(measured(health.role));
  app.onError((err) => {
    if (err instanceof AppError) return problemResponse(err);
    log.error({ err }, "request failed");
    return problemResponse(new AppError("internal", "The request failed; it was logged"));
  });
  app.notFound((c) =>
    problemResponse(new AppError("not_found", `There is nothing at ${c.req.path}`))
  );
  app.get("/livez", (c) => c.json({ status: "ok" }));
  app.get("/readyz", async (c) => {
    const checks = await lookAtAll(health?.checks ?? []);
    const reasons = checks.flatMap(({ required, reason }) => required ? reason ?? [] : []);
    return reasons.length === 0
      ? c.json({ status: "ok", checks })
      : c.json({ status: "not ready", reason: reasons.join("; "), checks }, 503);
  });
  app.get("/metrics", async (c) => {
    const { text, contentType } = await metricsText();
    return c.body(text, 200, { "content-type": contentType, "cache-control": "no-store" });
  });
  return app;
}

/**
 * The JSON body of a request, read no further than the limit. An empty body is `{}`.
 *
 * @throws AppError `payload_too_large`, `unsupported_media_type` or `parse_error`.
 */
export async function readJson(c: Context, maxBytes = MAX_BODY_BYTES): Promise<unknown> {
  const text = await readJsonText(c, maxBytes);
  if (text === "") return {};
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError("parse_error", "The body is not valid JSON", { cause });
  }
}

/**
 * The text of a request that says to be JSON, unparsed, read no further than the limit.
 *
 * @throws AppError `payload_too_large` or `unsupported_media_type`.
 */
export async function readJsonText(c: Context, maxBytes = MAX_BODY_BYTES): Promise<string> {
  const text = await readText(c.req.raw, maxBytes);
  const type = c.req.header("content-type") ?? "";
  if (text !== "" && !/^application\/([a-z.+-]+\+)?json\b/i.test(type)) {
    throw new AppError("unsupported_media_type", "Send the body as application/json");
  }
  return text;
}

/** The text of a body, read no further than the limit. @throws AppError `payload_too_large` */
export async function readText(request: Request, maxBytes: number): Promise<string> {
  const tooLarge = () =>
    new AppError("payload_too_large", `The body may hold ${maxBytes} bytes at most`);
  if (Number(request.headers.get("content-length") ?? 0) > maxBytes) throw tooLarge();
  if (request.body === null) return "";
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for await (const chunk of request.body) {
    size += chunk.byteLength;
    if (size > maxBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return await new Blob(chunks).text();
}

/** The bearer token of a request, or null. */
export function bearerToken(c: Context): string | null {
  const match = /^Bearer ([\w-]+\.[\w-]+\.[\w-]*)$/i.exec(c.req.header("authorization") ?? "");
  return match?.[1] ?? null;
}

/** How long (ms) requests under way are waited for once the server is asked to stop. */
const GRACE_MS = 2000;

export interface HttpServer extends Running {
  /** The port it listens on (useful when 0 was asked for). */
  readonly port: number;
}

/**
 * Serves a fetch handler. It gets no request whose Host header makes no URL.
 *
 * @throws Deno.errors.AddrInUse when the port is taken.
 */
export function serveHttp(
  options: { hostname: string; port: number },
  handler: (request: Request, info: Deno.ServeHandlerInfo<Deno.NetAddr>) =>
    | Response
    | Promise<Response>,
): HttpServer {
  const server = Deno.serve(
    { ...options, onListen: () => {} },
    (request, info) =>
      URL.canParse(request.url)
        ? handler(request, info)
        : problemResponse(new AppError("invalid_request", "The Host header is not valid")),
  );
  return {
    port: server.addr.port,
    stop: async () => {
      // Deno (2.9) throws, out of reach, when it is to break off what it is shutting down.
      const over = new AbortController();
      const ended = server.shutdown().finally(() => over.abort());
      await Promise.race([ended, sleep(GRACE_MS, over.signal).catch(() => {})]);
    },
  };
}
