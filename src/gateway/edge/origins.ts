import type { NodeId } from "../../contracts/ids.ts";
import type { LiveMeta, MixerObserved, RoomRecord } from "../../contracts/room.ts";

/** A mixer that serves a broadcast. */
export interface Origin {
  readonly mixerId: NodeId;
  /** Base URL of its HLS origin. */
  readonly url: string;
}

/**
 * The mixers that serve a broadcast: those that livemeta names and that say in their key that they have it, whatever the
 * epoch of the key; the primary first. Where there is none, those it was with before: they know best until then.
 */
export function originsOf(livemeta: LiveMeta, room: Pick<RoomRecord, "mixer" | "standby">) {
  const here = [room.mixer, room.standby].filter((key): key is MixerObserved =>
    key !== null && key.liveId === livemeta.liveId && key.status !== "failed"
  );
  const of = (id: NodeId | null) => here.findLast(({ mixerId }) => mixerId === id);
  const named = [of(livemeta.mixerId), of(livemeta.standbyId)].filter((key) => key !== undefined);
  const asOrigin = ({ mixerId, origin }: MixerObserved): Origin => ({ mixerId, url: origin });
  return { named: named.map(asOrigin), others: here.map(asOrigin) };
}
