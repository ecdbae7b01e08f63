import type { Member } from "./member.ts";
import type { RoomLog } from "./room_log.ts";

/**
 * Who is in the member's room and who talks, by what Janus says, without those whose leaving was told already.
 *
 * @throws AppError `media_failed`
 */
export async function whoIsHere(member: Member, roomLog: RoomLog) {
  const nobody = { gone: new Set<string>() };
  const [{ participants, talking }, { gone }] = await Promise.all([
    member.presence(),
    // Without Redis nothing was told either.
    roomLog.recent(member.roomId).catch(() => nobody),
  ]);
  const own = member.participant.id;
  return {
    participants: participants.filter(({ id }) => id === own || !gone.has(id)),
    talking: talking.filter((id) => id === own || !gone.has(id)),
  };
}
