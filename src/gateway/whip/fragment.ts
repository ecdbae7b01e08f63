import { AppError } from "../../contracts/errors.ts";
import type { IceCandidate } from "../../contracts/rpc.ts";

/** How long (characters) a fragment may be, and how many candidates it may hold. */
export const MAX_FRAGMENT = 16_000;
const MAX_CANDIDATES = 40;

/** Only what every candidate has; Janus reads the rest (RFC 8839 §5.1). */
const CANDIDATE =
  /^candidate:[\w+/]{1,32} \d{1,3} \w{1,16} \d{1,10} \S{1,255} \d{1,5} typ \w{1,16}\b/;

/**
 * The candidates in an SDP fragment (`application/trickle-ice-sdpfrag`, RFC 8840 §9), in their order; null for the end of
 * candidates. Only the first media description has any, for all else is bundled with it.
 *
 * @throws AppError `invalid_params` when it cannot be read.
 */
export function candidatesIn(fragment: string): IceCandidate[] {
  const lines = fragment.split(/\r?\n/);
  const mid = lines.find((line) => line.startsWith("a=mid:"))?.slice("a=mid:".length) ?? null;
  if (mid !== null && !/^[\x21-\x7e]{1,64}$/.test(mid)) throw unreadable("its a=mid");
  const found = lines.flatMap((line): IceCandidate[] => {
    if (line === "a=end-of-candidates") return [null];
    if (!line.startsWith("a=candidate:")) return [];
    const candidate = line.slice("a=".length);
    if (candidate.length > 1000 || !CANDIDATE.test(candidate)) throw unreadable("a candidate");
    return [mid === null ? { candidate, sdpMLineIndex: 0 } : { candidate, sdpMid: mid }];
  });
  if (found.length > MAX_CANDIDATES) throw unreadable(`more than ${MAX_CANDIDATES} candidates`);
  if (found.length > 0 || lines.some((line) => line.startsWith("a=ice-ufrag:"))) return found;
  throw unreadable("anything but candidates");
}

function unreadable(what: string): AppError {
  return new AppError("invalid_params", `The SDP fragment cannot be read: it has ${what}`);
}
