import type { NewAdminEvent } from "../../contracts/admin_events.ts";
import type { RoomId } from "../../contracts/ids.ts";
import type { MoveReason } from "../resources/standing.ts";
import type { Move } from "./plan.ts";

/** Why a room is moved, for people. */
const WHY: Readonly<Record<MoveReason, (node: string) => string>> = {
  lease_lost: (node) => `${node} is gone`,
  suspected: (node) => `${node} is found dead by those who use it`,
  unhealthy: (node) => `${node} cannot serve`,
  draining: (node) => `${node} is draining`,
  redundancy: () => "that is what its redundancy asks for",
};

const PARTS = { mixer: "mixer", standby: "standby mixer", janus: "Janus" } as const;

/** What the event log tells of a move. */
export function movedEvent(
  roomId: RoomId,
  title: string,
  { part, from, to, why }: Move,
  epoch: number | null,
): NewAdminEvent {
  const what = from === null
    ? `${to} is its ${PARTS[part]} now`
    : to === null
    ? `${from} is no longer its ${PARTS[part]}`
    : `its ${PARTS[part]} is ${to} now, not ${from}`;
  const reason = part === "standby" && from === null && why !== "redundancy"
    ? "its mixer is to be left"
    : WHY[why](from ?? "its mixer");
  const node = to ?? from;
  return {
    kind: "room.moved",
    severity: why === "redundancy" ? "info" : "warn",
    text: `${title}: ${what}, because ${reason}.`,
    roomId,
    node: node === null ? null : { kind: part === "janus" ? "janus" : "mixer", id: node },
    by: null,
    details: { part, from, to, why, epoch },
  };
}
