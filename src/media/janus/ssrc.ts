/** How many low bits of a forwarder's SSRC tell the broadcast it was made for. */
const LIVE_BITS = 12;
const RANDOM_BITS = 31 - LIVE_BITS;

/**
 * A new SSRC (31 bits, never 0) for a forwarder of a room's so-manieth broadcast. It carries the low bits of that number,
 * so that a manager that has just started can tell from Janus alone which forwarders are of the broadcast on air.
 */
export function ssrcFor(live: number, random: () => number = Math.random): number {
  const salt = 1 + Math.floor(random() * (2 ** RANDOM_BITS - 1));
  return salt * 2 ** LIVE_BITS + tagOf(live);
}

/** Whether a forwarder with this SSRC was made for this broadcast. */
export function isOfLive(ssrc: number, live: number): boolean {
  return tagOf(ssrc) === tagOf(live);
}

function tagOf(value: number): number {
  return value % 2 ** LIVE_BITS;
}
