import type { MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import { count, observe } from "./metrics.ts";

/** Routes that are told apart finer than their patterns. */
const named = new WeakMap<Request, string>();

/** Counts an HTTP answer. `route` is one of a few: a pattern or a kind, never a path that a caller chose. */
export function countRequest(role: string, route: string, status: number, startedAt: number): void {
  count("roomcast_http_requests_total", { role, route, status: String(status) });
  observe("roomcast_http_request_seconds", { role, route }, (performance.now() - startedAt) / 1000);
}

/** Counts what a role's app answers by the pattern of the route; what none took counts as `none`. */
export function measured(role: string): MiddlewareHandler {
  return async (c, next) => {
    const startedAt = performance.now();
    await next();
    const pattern = routePath(c, -1);
    const route = named.get(c.req.raw) ?? (/^\/?\*$/.test(pattern) ? "none" : pattern);
    countRequest(role, route, c.res.status, startedAt);
  };
}

/** Counts a request under a name of its own instead of its route's pattern. */
export function nameRoute(request: Request, name: string): void {
  named.set(request, name);
}
