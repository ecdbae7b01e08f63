import type { NodeId } from "../../contracts/ids.ts";
import type { RoomStore } from "../../coordination/rooms.ts";

/** The HLS origin of a mixer to which the mix of a room on this Janus goes, or null when there is no such room. */
export function originOf(
  rooms: Pick<RoomStore, "ids" | "get">,
  mixerId: NodeId,
  janusId: NodeId,
): string | null {
  for (const id of rooms.ids()) {
    const { livemeta, mixer, standby } = rooms.get(id);
    if (livemeta?.janusId !== janusId) continue;
    if (livemeta.mixerId !== mixerId && livemeta.standbyId !== mixerId) continue;
    const said = [mixer, standby].find((key) => key?.mixerId === mixerId);
    if (said) return said.origin;
  }
  return null;
}
