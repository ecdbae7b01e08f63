/** How many low bits of a forwarder's SSRC tell the epoch it was made for. */
const EPOCH_BITS = 12;
const RANDOM_BITS = 31 - EPOCH_BITS;

/**
 * A new SSRC (31 bits, never 0) for a forwarder of this epoch. It carries the epoch's low bits, so that a manager
 * that has just started can tell from Janus alone which forwarders are of today.
 */
export function ssrcFor(epoch: number, random: () => number = Math.random): number {
  const salt = 1 + Math.floor(random() * (2 ** RANDOM_BITS - 1));
  return salt * 2 ** EPOCH_BITS + tagOf(epoch);
}

/** Whether a forwarder with this SSRC was made for this epoch. */
export function isOfEpoch(ssrc: number, epoch: number): boolean {
  return tagOf(ssrc) === tagOf(epoch);
}

function tagOf(value: number): number {
  return value % 2 ** EPOCH_BITS;
}
