import type { NodeId, RoomId } from "../../contracts/ids.ts";
import type { RoomStore } from "../../coordination/rooms.ts";

/** The ports that rooms' keys say they have at a mixer: at its start, those that an earlier one of its name left. */
export function portsLeft(
  rooms: Pick<RoomStore, "ids" | "get">,
  mixerId: NodeId,
): Map<RoomId, number> {
  return new Map(
    rooms.ids().flatMap((id): [RoomId, number][] => {
      const { mixer, standby } = rooms.get(id);
      const ours = [mixer, standby].find((key) => key?.mixerId === mixerId && key.port !== 0);
      return ours ? [[id, ours.port]] : [];
    }),
  );
}
