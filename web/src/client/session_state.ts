import type { RoomView } from "../../../src/contracts/operations.ts";
import type { ClientError } from "./client_error.ts";
import type { Seat } from "./room_roster.ts";

/** What each phase of a person's time in the studio means. */
export const PHASES = {
  ready: "Not in the room yet.",
  starting: "Going live…",
  joining: "Taking your seat…",
  live: "In the room, with sound both ways.",
  reconnecting: "The connection was lost; the page is taking the seat back.",
  left: "You left the room.",
  over: "The broadcast is over.",
  superseded: "Another tab or device of yours has the seat.",
  failed: "It could not be done; the error says why.",
} as const;
export type Phase = keyof typeof PHASES;

/** What the studio page shows. */
export interface SessionState {
  readonly phase: Phase;
  readonly error: ClientError | null;
  /** Our own seat while we have one. */
  readonly seat: string | null;
  readonly seats: readonly Seat[];
  readonly room: RoomView | null;
  readonly muted: boolean;
  /** The mix of the others. */
  readonly remote: MediaStream | null;
}

export const INITIAL_SESSION: SessionState = {
  phase: "ready",
  error: null,
  seat: null,
  seats: [],
  room: null,
  muted: false,
  remote: null,
};

/** True while the person is in the room or on the way (back) into it. */
export function isInside(phase: Phase): boolean {
  return phase === "starting" || phase === "joining" || phase === "live" ||
    phase === "reconnecting";
}
