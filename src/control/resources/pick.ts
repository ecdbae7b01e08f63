import type { NodeInfo } from "../../contracts/node.ts";

/** A node as the choice sees it. */
export interface Candidate {
  readonly node: NodeInfo;
  /** Rooms placed on it of which its own load does not tell yet. */
  readonly fresh: number;
  /** It failed within the last minute. */
  readonly recentlyFailed: boolean;
  /** Those who use it find it dead; its lease has not run out yet. */
  readonly condemned: boolean;
}

/** Why a node takes no room. */
export type Refusal = "suspected" | "unhealthy" | "draining" | "full";

/** Why a node takes no room, or null when it does. */
export function refusal({ node, fresh, condemned }: Candidate): Refusal | null {
  if (condemned) return "suspected";
  if (node.unhealthy !== null) return "unhealthy";
  if (node.draining) return "draining";
  return node.load + fresh < node.capacity ? null : "full";
}

/**
 * The less loaded of two nodes drawn at random among those that take a room, or null when none does. Two choices
 * come close to the least loaded, and do not send every manager to the same node at once (Mitzenmacher, "The Power
 * of Two Choices", 2001). A node that just failed is drawn only when there is no other.
 *
 * @param random Gives numbers in [0, 1).
 */
export function pick(
  candidates: readonly Candidate[],
  random: () => number = Math.random,
): NodeInfo | null {
  const able = candidates.filter((candidate) => refusal(candidate) === null);
  const sound = able.filter(({ recentlyFailed }) => !recentlyFailed);
  const pool = sound.length > 0 ? sound : able;
  const first = pool[Math.floor(random() * pool.length)];
  if (first === undefined) return null;
  const others = pool.filter((candidate) => candidate !== first);
  const second = others[Math.floor(random() * others.length)];
  if (second === undefined) return first.node;
  return usage(second) < usage(first) ? second.node : first.node;
}

/** The share of its capacity that a node uses. */
function usage({ node, fresh }: Candidate): number {
  return (node.load + fresh) / node.capacity;
}
