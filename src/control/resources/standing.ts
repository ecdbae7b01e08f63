import type { Suspicion } from "../../contracts/faults.ts";
import type { NodeInfo } from "../../contracts/node.ts";

/** How long (ms) a node says that it cannot serve before rooms are moved off it: what it uses may just be restarting. */
export const ILL_MS = 1500;

/** How long (ms) a lease must be gone: many that run out at once are seen together before one of them is believed. */
export const SETTLE_MS = 1000;

/**
 * How a node stands. `fit`: what it has may stay. `missing`: its lease went a moment ago. `dead`: it is gone, or found
 * dead by those who use it. `ill`: it says that it cannot serve. `draining`: it wants to be rid of its rooms.
 */
export type Standing = "fit" | "draining" | "ill" | "missing" | "dead";

/** Why a room is moved, as the metric tells it. */
export type MoveReason =
  | "lease_lost"
  | "suspected"
  | "unhealthy"
  | "draining"
  | "redundancy";

export interface Judgement {
  readonly standing: Standing;
  /** Why it is not fit. */
  readonly why: MoveReason | null;
  /** In how many ms it may stand otherwise though nothing is heard of it; null: not before something is. */
  readonly againMs: number | null;
}

/** What is seen of a node. */
export interface Sighting {
  readonly node: NodeInfo | null;
  /** For how long (ms) its lease has been gone. */
  readonly absentMs: number;
  /** For how long (ms) it has said that it cannot serve. */
  readonly illMs: number;
  readonly suspicions: readonly Suspicion[];
}

/**
 * Whether suspicions are enough to take a node for dead before its lease runs out: an edge cannot fetch from it and the
 * manager of a Janus gets no answer, so it is not the way of one of them that is broken.
 */
export function isBelieved(suspicions: readonly Suspicion[]): boolean {
  return suspicions.some(({ witness }) => witness === "edge") &&
    suspicions.some(({ witness }) => witness === "janus");
}

export function judge({ node, absentMs, illMs, suspicions }: Sighting): Judgement {
  if (node === null && absentMs >= SETTLE_MS) {
    return { standing: "dead", why: "lease_lost", againMs: null };
  }
  if (isBelieved(suspicions)) return { standing: "dead", why: "suspected", againMs: null };
  if (node === null) {
    return { standing: "missing", why: "lease_lost", againMs: SETTLE_MS - absentMs };
  }
  if (node.unhealthy !== null && illMs >= ILL_MS) {
    return { standing: "ill", why: "unhealthy", againMs: null };
  }
  if (node.draining) return { standing: "draining", why: "draining", againMs: null };
  return { standing: "fit", why: null, againMs: node.unhealthy === null ? null : ILL_MS - illMs };
}
