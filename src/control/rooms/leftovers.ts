import type { NodeId } from "../../contracts/ids.ts";
import type { VersionedRoom } from "../../coordination/rooms.ts";

/** Observed state of a room that is not live. */
export interface Leftover {
  readonly part: "janus" | "mixer";
  /** The node that wrote it; null when the value cannot be read. */
  readonly writer: NodeId | null;
}

/** What nodes have yet to take away of a room that is not live. */
export function leftovers({ livemeta, janus, mixer, revisions }: VersionedRoom): Leftover[] {
  if (livemeta !== null) return [];
  const found: Leftover[] = [];
  if (revisions.janus !== 0n) found.push({ part: "janus", writer: janus?.janusId ?? null });
  if (revisions.mixer !== 0n) found.push({ part: "mixer", writer: mixer?.mixerId ?? null });
  return found;
}
