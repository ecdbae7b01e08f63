import { RoomId } from "./ids.ts";

/** What our rooms' names begin with on a Janus, so that nobody else's room is ever touched. */
const PREFIX = "rc-";

/** The name of a room on its Janus's AudioBridge. */
export function bridgeRoom(id: RoomId): string {
  return `${PREFIX}${id}`;
}

/** The room that an AudioBridge room belongs to, or null when it is not one of ours. */
export function roomOfBridge(name: string): RoomId | null {
  if (!name.startsWith(PREFIX)) return null;
  return RoomId.safeParse(name.slice(PREFIX.length)).data ?? null;
}
