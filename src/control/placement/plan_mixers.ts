import type { NodeId } from "../../contracts/ids.ts";
import type { LiveMeta, MixerObserved, RoomMeta, RoomRecord } from "../../contracts/room.ts";
import type { Judgement, MoveReason } from "../resources/standing.ts";
import type { Move, PlacementView } from "./plan.ts";

/** Which mixers a room should have. */
export interface MixerPlan {
  readonly mixerId: NodeId;
  readonly standbyId: NodeId | null;
  readonly moves: readonly Move[];
  /** A node is wanting that was not to be had. */
  readonly seeking: boolean;
}

interface Live {
  readonly meta: RoomMeta;
  readonly livemeta: LiveMeta;
}

/**
 * A dead mixer's standby takes over at once; without one, another mixer does. A mixer that has to leave is given a standby
 * first, which takes over when it is on air.
 */
export function planMixers(room: RoomRecord, live: Live, view: PlacementView): MixerPlan {
  const { mixerId, standbyId } = live.livemeta;
  const mixer = view.judge("mixer", mixerId);
  const stays: MixerPlan = { mixerId, standbyId, moves: [], seeking: false };
  if (mixer.standing === "missing") return stays;
  if (mixer.standing === "dead") return inherit(live, mixer, view);
  const leaving = mixer.standing === "fit" ? null : mixer.why;
  if (standbyId !== null && leaving !== null && canTakeOver(room.standby, live.livemeta, view)) {
    return promote(live, standbyId, leaving, view);
  }
  return planStandby(live, leaving, view);
}

/** The mixer is dead. */
function inherit({ meta, livemeta }: Live, { why }: Judgement, view: PlacementView): MixerPlan {
  const { mixerId, standbyId } = livemeta;
  const reason = why ?? "lease_lost";
  const standing = standbyId === null ? "dead" : view.judge("mixer", standbyId).standing;
  if (standbyId !== null && standing === "missing") {
    return { mixerId, standbyId, moves: [], seeking: false };
  }
  if (standbyId !== null && standing !== "dead") {
    return promote({ meta, livemeta }, standbyId, reason, view);
  }
  const heir = view.pick("mixer", standbyId === null ? [mixerId] : [mixerId, standbyId]);
  if (heir === null) return { mixerId, standbyId, moves: [], seeking: true };
  const next = meta.redundancy === 2 ? view.pick("mixer", [mixerId, heir]) : null;
  return {
    mixerId: heir,
    standbyId: next,
    moves: [
      { part: "mixer", from: mixerId, to: heir, why: reason },
      ...standbyMove(standbyId, next, standbyId === null ? "redundancy" : reason),
    ],
    seeking: false,
  };
}

/** The standby takes over, and gets a standby of its own when the room asks for one, or when it has to leave itself. */
function promote(
  { meta, livemeta: { mixerId } }: Live,
  standbyId: NodeId,
  why: MoveReason,
  view: PlacementView,
): MixerPlan {
  const heir = view.judge("mixer", standbyId);
  const wanted = meta.redundancy === 2 || heir.standing !== "fit";
  const next = wanted ? view.pick("mixer", [mixerId, standbyId]) : null;
  return {
    mixerId: standbyId,
    standbyId: next,
    moves: [
      { part: "mixer", from: mixerId, to: standbyId, why },
      ...standbyMove(null, next, heir.why ?? "redundancy"),
    ],
    seeking: false,
  };
}

/** The mixer lives, and stays for now: what standby should it have? */
function planStandby(
  { meta, livemeta: { mixerId, standbyId } }: Live,
  leaving: MoveReason | null,
  view: PlacementView,
): MixerPlan {
  const to = (next: NodeId | null, why: MoveReason, seeking = false): MixerPlan => {
    return { mixerId, standbyId: next, moves: standbyMove(standbyId, next, why), seeking };
  };
  if (meta.redundancy === 1 && leaving === null) return to(null, "redundancy");
  if (standbyId === null) {
    const next = view.pick("mixer", [mixerId]);
    return to(next, leaving ?? "redundancy", next === null);
  }
  const { standing, why } = view.judge("mixer", standbyId);
  if (standing === "fit" || standing === "missing") return to(standbyId, "redundancy");
  const next = view.pick("mixer", [mixerId, standbyId]);
  // One that is to leave still does its work until another is found; a dead one does not. Who drains a standby is not kept
  // waiting for another that there is not: the room has its mixer.
  const gone = standing === "dead" || (standing === "draining" && leaving === null);
  const kept = gone ? null : standbyId;
  return to(next ?? kept, why ?? "redundancy", next === null);
}

/** Whether the standby's stream is there, under the epoch of this livemeta. */
function canTakeOver(
  standby: MixerObserved | null,
  { epoch, liveId, standbyId }: LiveMeta,
  view: PlacementView,
): boolean {
  return standby !== null && standby.mixerId === standbyId && standby.epoch === epoch &&
    standby.liveId === liveId && standby.status === "on_air" &&
    view.judge("mixer", standby.mixerId).standing === "fit";
}

function standbyMove(from: NodeId | null, to: NodeId | null, why: MoveReason): Move[] {
  return from === to ? [] : [{ part: "standby", from, to, why }];
}
