import { createHash } from "node:crypto";
import type { IceServer } from "../../contracts/rpc.ts";

/** What pages of other origins may do with the endpoint, and read of its answers. */
const CORS = {
  "access-control-allow-methods": "POST, PATCH, DELETE, OPTIONS",
  "access-control-allow-headers": "Authorization, Content-Type, If-Match",
  "access-control-expose-headers": "Location, ETag, Link, Accept-Post, Accept-Patch, Retry-After",
  "access-control-max-age": "86400",
} as const;

/** Lets the page that asks read the answer, if pages of its origin may use the gateway. */
export function allowOrigin(headers: Headers, origin: string | null, allowed: readonly string[]) {
  headers.append("vary", "Origin");
  if (origin === null || !(allowed.includes("*") || allowed.includes(origin))) return;
  headers.set("access-control-allow-origin", origin);
  for (const [name, value] of Object.entries(CORS)) headers.set(name, value);
}

/** `Link` values that tell a WHIP client of STUN and TURN servers (RFC 9725 §4.6). */
export function iceServerLinks(servers: readonly IceServer[]): string[] {
  return servers.flatMap(({ urls, username, credential }) =>
    urls.map((url) => {
      const login = username === undefined || credential === undefined
        ? ""
        : `; username="${username}"; credential="${credential}"; credential-type="password"`;
      return `<${url}>; rel="ice-server"${login}`;
    })
  );
}

/**
 * The entity tag of a session's one ICE session: there are no ICE restarts, so it stays, and every gateway can tell it by
 * the session's name alone.
 */
export function sessionTag(seat: string): string {
  return `"${createHash("sha256").update(`ice session of ${seat}`).digest("hex").slice(0, 16)}"`;
}
