import type { NodeId } from "../../contracts/ids.ts";
import type { NodeKind } from "../../contracts/node.ts";
import type { LiveMeta, RoomMeta, RoomRecord } from "../../contracts/room.ts";
import type { Judgement, MoveReason } from "../resources/standing.ts";
import { type MixerPlan, planMixers } from "./plan_mixers.ts";

/** What a plan rests on, beside the room. */
export interface PlacementView {
  /** Why nothing may be moved now, in words; null when one sees well. */
  readonly hold: string | null;
  judge(kind: NodeKind, id: NodeId): Judgement;
  /** A node that takes the room, none of `not`; null when there is none. */
  pick(kind: NodeKind, not: readonly NodeId[]): NodeId | null;
}

/** One node of a room changed for another. */
export interface Move {
  readonly part: "mixer" | "standby" | "janus";
  /** Null: there was none. */
  readonly from: NodeId | null;
  /** Null: there is none now. */
  readonly to: NodeId | null;
  readonly why: MoveReason;
}

export interface PlacementPlan {
  readonly moves: readonly Move[];
  /** What to write; null when the room stays as it is. */
  readonly writes: { readonly meta: RoomMeta; readonly livemeta: LiveMeta } | null;
  /** In how many ms to look again though nothing is heard; null: not before something is. */
  readonly againMs: number | null;
}

/** How soon (ms) to look again for a node that was not to be had. */
const SEEK_MS = 1000;

/** Where a live room should be from now on. It stays where it is as long as nothing speaks against that. */
export function planPlacement(room: RoomRecord, view: PlacementView): PlacementPlan {
  const { meta, livemeta } = room;
  if (meta === null || livemeta === null || view.hold !== null) return stay(null);
  const janus = planJanus(livemeta, view);
  const mixers = planMixers(room, { meta, livemeta }, view);
  const moves = [...janus.moves, ...mixers.moves];
  const againMs = soonest([
    view.judge("janus", livemeta.janusId).againMs,
    view.judge("mixer", livemeta.mixerId).againMs,
    livemeta.standbyId === null ? null : view.judge("mixer", livemeta.standbyId).againMs,
    janus.seeking || mixers.seeking ? SEEK_MS : null,
  ]);
  if (moves.length === 0) return stay(againMs);
  const epoch = Math.max(meta.epoch, livemeta.epoch) + 1;
  const { mixerId, standbyId } = mixers;
  return {
    moves,
    writes: {
      meta: { ...meta, epoch },
      livemeta: { ...livemeta, epoch, janusId: janus.janusId, mixerId, standbyId },
    },
    againMs,
  };
}

function planJanus({ janusId }: LiveMeta, view: PlacementView) {
  const { standing, why } = view.judge("janus", janusId);
  const stays: Pick<MixerPlan, "moves" | "seeking"> & { janusId: NodeId } = {
    janusId,
    moves: [],
    seeking: false,
  };
  if (standing === "fit" || standing === "missing" || why === null) return stays;
  const to = view.pick("janus", [janusId]);
  if (to === null) return { ...stays, seeking: true };
  const move: Move = { part: "janus", from: janusId, to, why };
  return { janusId: to, moves: [move], seeking: false };
}

function stay(againMs: number | null): PlacementPlan {
  return { moves: [], writes: null, againMs };
}

function soonest(times: readonly (number | null)[]): number | null {
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : Math.min(...known);
}
