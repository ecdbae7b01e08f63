import { isIP } from "node:net";
import { z } from "zod";
import { type Cidr, ipGroups, isWithin, parseCidr } from "./cidr.ts";

/** What the server says of a connection; in tests, what the test says. */
const ConnectionInfo = z.object({ remoteAddr: z.object({ hostname: z.string() }) });

/** Who may say in X-Forwarded-For for whom a request comes. */
export type TrustedProxies = readonly Cidr[];

/** Only proxies on this machine. */
export const LOCAL_PROXIES: TrustedProxies = trustedProxies(["127.0.0.0/8", "::1"]);

/** More hops than this are nobody's real way here. */
const MAX_HOPS = 16;

/** @throws RangeError naming what is neither an address nor a range in CIDR notation. */
export function trustedProxies(ranges: readonly string[]): TrustedProxies {
  return ranges.map((text) => {
    const range = parseCidr(text);
    if (range === null) {
      throw new RangeError(`"${text}" is no address, and no range like 10.0.0.0/8`);
    }
    return range;
  });
}

/**
 * Who a request counts as for limits: an IPv4 address, or the /64 of an IPv6 address (one subscriber's usual share).
 * X-Forwarded-For is read from its end, for as long as whoever added a hop is trusted; what stands before that anybody may
 * have made up.
 *
 * @param info What `Deno.serve` hands over beside the request.
 */
export function clientAddress(
  info: unknown,
  forwardedFor: string | undefined,
  trusted: TrustedProxies = LOCAL_PROXIES,
): string {
  const peer = ConnectionInfo.safeParse(info).data?.remoteAddr.hostname ?? "unknown";
  const isTrusted = (address: string) =>
    isIP(address) !== 0 && trusted.some((range) => isWithin(range, address));
  let address = bare(peer);
  const hops = (forwardedFor ?? "").split(",").slice(-MAX_HOPS);
  while (isTrusted(address)) {
    const hop = hopAddress(hops.pop() ?? "");
    if (hop === null) break;
    address = hop;
  }
  return normalise(address);
}

/** The address of a hop, without the port that some proxies add; null when it is none. */
function hopAddress(hop: string): string | null {
  const text = hop.trim();
  const [, v6, v4] = /^\[([^\]]*)\](?::\d{1,5})?$|^([\d.]+):\d{1,5}$/.exec(text) ?? [];
  const address = v6 ?? v4 ?? text;
  return isIP(address) === 0 ? null : bare(address);
}

function bare(address: string): string {
  return address.replace(/%.*$/, "").toLowerCase();
}

function normalise(address: string): string {
  if (isIP(address) !== 6) return address;
  const groups = ipGroups(address);
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (mapped) {
    return groups.slice(6).flatMap((group) => [group >> 8, group & 255]).join(".");
  }
  if (groups.slice(0, 7).every((group) => group === 0)) return address;
  return `${groups.slice(0, 4).map((group) => group.toString(16)).join(":")}::/64`;
}
