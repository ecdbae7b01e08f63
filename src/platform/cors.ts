import type { Hono } from "hono";

/** How long (s) a browser may keep the answer to a preflight. */
const MAX_AGE_S = 600;

const PREFLIGHT = {
  "access-control-allow-methods": "GET, POST, PATCH, DELETE",
  "access-control-allow-headers": "authorization, content-type",
  "access-control-max-age": String(MAX_AGE_S),
} as const;

/** What a browser is told when a page of this origin asks; nothing for an origin that is not on the list. */
export function corsHeaders(
  origin: string | null | undefined,
  allowed: readonly string[],
): Record<string, string> {
  if (allowed.includes("*")) return { "access-control-allow-origin": "*" };
  if (allowed.length === 0) return {};
  const allow = origin !== null && origin !== undefined && allowed.includes(origin);
  return { ...(allow ? { "access-control-allow-origin": origin } : {}), "vary": "origin" };
}

/**
 * Lets pages of other origins use an app (Fetch standard, CORS). Call it before routes are added. No cookies are ever
 * in play: callers show a token.
 */
export function useCors(app: Hono, allowed: readonly string[]): void {
  if (allowed.length === 0) return;
  app.use("*", async (c, next) => {
    const headers = corsHeaders(c.req.header("origin"), allowed);
    const isPreflight = c.req.method === "OPTIONS" &&
      c.req.header("access-control-request-method") !== undefined;
    if (isPreflight) {
      return new Response(null, { status: 204, headers: { ...headers, ...PREFLIGHT } });
    }
    await next();
    // The answer may be one whose headers cannot be changed.
    const answer = new Response(c.res.body, c.res);
    for (const [name, value] of Object.entries(headers)) {
      if (name === "vary") answer.headers.append(name, value);
      else answer.headers.set(name, value);
    }
    if (headers["access-control-allow-origin"] !== undefined) {
      answer.headers.set("access-control-expose-headers", "retry-after, location, allow");
    }
    c.res = undefined;
    c.res = answer;
  });
}
