import type { NodeId } from "../../contracts/ids.ts";
import type { LiveMeta, MixerObserved, RoomRecord } from "../../contracts/room.ts";

/** A mixer that serves a broadcast. */
export interface Origin {
  readonly mixerId: NodeId;
  /** Base URL of its HLS origin. */
  readonly url: string;
}

/**
 * The mixers that serve a broadcast. `named`: those that livemeta names and that say in their key that they have it,
 * whatever the epoch of the key; the primary first. `others`: all that say they have it, for a moment in which none is
 * named.
 */
export function originsOf(
  livemeta: Pick<LiveMeta, "liveId" | "mixerId" | "standbyId">,
  room: Pick<RoomRecord, "mixer" | "standby">,
): { named: Origin[]; others: Origin[] } {
  const here = [room.mixer, room.standby].filter((key): key is MixerObserved =>
    key !== null && key.liveId === livemeta.liveId && key.status !== "failed"
  );
  const of = (id: NodeId | null) => here.filter(({ mixerId }) => mixerId === id).slice(0, 1);
  const asOrigin = ({ mixerId, origin }: MixerObserved): Origin => ({ mixerId, url: origin });
  return {
    named: [...of(livemeta.mixerId), ...of(livemeta.standbyId)].map(asOrigin),
    others: here.map(asOrigin),
  };
}
