import type { NodeId } from "../../contracts/ids.ts";
import type { NodeKind } from "../../contracts/node.ts";
import { isUnreadable, type VersionedRoom } from "../../coordination/rooms.ts";

/** Observed state that its node has yet to take away. */
export interface Leftover {
  readonly part: "janus" | "mixer" | "standby";
  readonly kind: NodeKind;
  /** The node that wrote it; null when the value cannot be read. */
  readonly writer: NodeId | null;
}

/**
 * What nodes have yet to take away: all that they wrote of a room that is not live, and what those wrote that a live one
 * names no more. Nothing, while it cannot be read what is wished.
 */
export function leftovers(room: VersionedRoom): Leftover[] {
  if (isUnreadable(room)) return [];
  const { livemeta, janus, mixer, standby, revisions } = room;
  const mixers = [livemeta?.mixerId, livemeta?.standbyId];
  const found: Leftover[] = [
    { part: "janus", kind: "janus", writer: janus?.janusId ?? null },
    { part: "mixer", kind: "mixer", writer: mixer?.mixerId ?? null },
    { part: "standby", kind: "mixer", writer: standby?.mixerId ?? null },
  ];
  return found.filter(({ part, kind, writer }) => {
    if (revisions[part] === 0n) return false;
    if (livemeta === null) return true;
    return writer !== null && !(kind === "janus" ? [livemeta.janusId] : mixers).includes(writer);
  });
}
