import { isIP } from "node:net";
import { z } from "zod";

/** What the server says of a connection; in tests, what the test says. */
const ConnectionInfo = z.object({ remoteAddr: z.object({ hostname: z.string() }) });

/**
 * Who a request counts as for limits: an IPv4 address, or the /64 of an IPv6 address (one subscriber's usual share).
 * The last hop of X-Forwarded-For counts only when a proxy on this machine added it.
 *
 * @param info What `Deno.serve` hands over beside the request.
 */
export function clientAddress(info: unknown, forwardedFor: string | undefined): string {
  const peer = ConnectionInfo.safeParse(info).data?.remoteAddr.hostname ?? "unknown";
  const address = normalise(peer);
  if (!isLoopback(address)) return address;
  const lastHop = forwardedFor?.split(",").at(-1)?.trim() ?? "";
  return isIP(lastHop) === 0 ? address : normalise(lastHop);
}

function normalise(address: string): string {
  const bare = address.replace(/%.*$/, "").toLowerCase();
  if (isIP(bare) !== 6) return bare;
  const groups = expand(bare);
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (mapped) {
    return groups.slice(6).flatMap((group) => [group >> 8, group & 255]).join(".");
  }
  if (groups.slice(0, 7).every((group) => group === 0)) return bare;
  return `${groups.slice(0, 4).map((group) => group.toString(16)).join(":")}::/64`;
}

/** The eight groups of a valid IPv6 address (RFC 4291 §2.2). */
function expand(address: string): number[] {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const plain = dotted === null ? address : dotted[1] + [dotted.slice(2, 4), dotted.slice(4, 6)]
    .map((pair) => (Number(pair[0]) * 256 + Number(pair[1])).toString(16)).join(":");
  const [head = "", tail] = plain.split("::");
  const groups = (text: string) =>
    text === "" ? [] : text.split(":").map((hex) => parseInt(hex, 16));
  if (tail === undefined) return groups(head);
  const [left, right] = [groups(head), groups(tail)];
  return [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right];
}

function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}
