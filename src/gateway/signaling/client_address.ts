import { isIP } from "node:net";
import { z } from "zod";

/** What `Deno.serve` hands over beside a request. */
const ConnectionInfo = z.object({ remoteAddr: z.object({ hostname: z.string() }) });
const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/;

/**
 * The address a limit counts by: the peer's, or, when the peer is our own front door on loopback, the hop which
 * that one appended to X-Forwarded-For (earlier hops are the client's word).
 */
export function clientAddress(info: unknown, forwardedFor: string | undefined): string {
  const peer = ConnectionInfo.safeParse(info).data?.remoteAddr.hostname ?? "unknown";
  const last = forwardedFor?.split(",").at(-1)?.trim() ?? "";
  return network(LOOPBACK.test(peer) && isIP(last) !== 0 ? last : peer);
}

/** An IPv6 address as its /64, for that is what one subscriber has. */
function network(address: string): string {
  if (isIP(address) !== 6 || /\.|^::1$/.test(address)) return address;
  const [head = "", tail] = address.split("%")[0]?.toLowerCase().split("::") ?? [];
  const [left, right] = [head, tail ?? ""].map((text) => text === "" ? [] : text.split(":"));
  const missing = tail === undefined ? 0 : 8 - (left?.length ?? 0) - (right?.length ?? 0);
  const groups = [...left ?? [], ...Array<string>(Math.max(0, missing)).fill("0"), ...right ?? []];
  return `${groups.slice(0, 4).map((group) => group.replace(/^0+(?=.)/, "")).join(":")}::/64`;
}
