import { backoffMs } from "../../platform/backoff.ts";

/** How often a delivery is tried before it is given up: with the first pause at 5 s, for about a day. */
export const TRIES = 18;
/** So many tries the later events of the same room wait for it; then they overtake. */
export const TRIES_IN_LINE = 3;
/** No pause (ms) between tries is longer, and no receiver may ask for a longer one. */
export const MAX_PAUSE_MS = 6 * 3600 * 1000;

/**
 * How long (ms) to wait after a try has failed, or null to give up.
 *
 * @param tries How often it was tried by now.
 * @param firstMs The first pause's upper bound.
 * @param askedS For how long (s) the receiver wants to be left alone.
 */
export function pauseMs(
  tries: number,
  firstMs: number,
  askedS: number | null,
  random: () => number = Math.random,
): number | null {
  if (tries >= TRIES) return null;
  const pause = backoffMs(tries, { baseMs: firstMs, maxMs: MAX_PAUSE_MS, random });
  return Math.round(Math.max(pause, Math.min((askedS ?? 0) * 1000, MAX_PAUSE_MS)));
}
