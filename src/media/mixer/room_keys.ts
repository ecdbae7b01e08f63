import type { NodeId } from "../../contracts/ids.ts";
import type { LiveMeta, MixerObserved, RoomRecord } from "../../contracts/room.ts";

/** What a mixer is for a room: the one that listeners hear, or the one that stands by; each has a key of its own. */
export type MixerRole = "mixer" | "standby";

/** What should be written to a room's keys: null takes the key away; a key that is not named is left as it is. */
export type MixerKeys = Partial<Record<MixerRole, MixerObserved | null>>;

/** What livemeta wants of a mixer, or null: nothing. */
export function roleOf(livemeta: LiveMeta | null, mixerId: NodeId): MixerRole | null {
  if (livemeta?.mixerId === mixerId) return "mixer";
  return livemeta?.standbyId === mixerId ? "standby" : null;
}

/**
 * The keys of a room as a mixer should leave them, all in one write. When the roles change, the value of a mixer that
 * has yet to come to its new key is carried there, so that those who read the keys never lose sight of it.
 *
 * @param mine What this mixer has to say; null when it has nothing to say yet.
 */
export function keysFor(
  room: Pick<RoomRecord, "livemeta" | "mixer" | "standby">,
  mixerId: NodeId,
  mine: MixerObserved | null,
): MixerKeys {
  const { livemeta } = room;
  const role = roleOf(livemeta, mixerId);
  if (livemeta === null || role === null) {
    return { ...forget(room, "mixer", mixerId), ...forget(room, "standby", mixerId) };
  }
  if (mine === null) return {};
  const other = role === "mixer" ? "standby" : "mixer";
  const otherId = role === "mixer" ? livemeta.standbyId : livemeta.mixerId;
  const displaced = room[role];
  const homeless = displaced?.mixerId === otherId && otherId !== mixerId &&
    displaced?.liveId === livemeta.liveId && room[other]?.mixerId !== otherId;
  if (homeless) return { [role]: mine, [other]: displaced };
  return { [role]: mine, ...forget(room, other, mixerId) };
}

/** Takes a key away that is this mixer's, or that nobody can read once the room is over. */
function forget(
  room: Pick<RoomRecord, "livemeta" | "mixer" | "standby">,
  key: MixerRole,
  mixerId: NodeId,
): MixerKeys {
  const value = room[key];
  const ours = value === null ? room.livemeta === null : value.mixerId === mixerId;
  return ours ? { [key]: null } : {};
}
