import { isIpv4 } from "./sdp.ts";

/**
 * The address a Janus sends RTP from, for the session's source filter; null when it cannot be told from its URL.
 * A loopback URL says nothing to a mixer that receives on another address.
 *
 * @param host The address the mixer receives on.
 */
export function rtpSource(host: string, janusUrl: string | null): string | null {
  const from = janusUrl === null ? null : new URL(janusUrl).hostname;
  if (from === null || !isIpv4(from)) return null;
  return isLoopback(from) === isLoopback(host) ? from : null;
}

function isLoopback(host: string): boolean {
  return host.startsWith("127.");
}
