import type { Notification, NotificationParams, Participant } from "../../../src/contracts/rpc.ts";

/** A person in the room, and whether they speak right now. */
export interface Seat extends Participant {
  readonly talking: boolean;
}

/** The notifications that change who is in the room and how. */
export type RosterNotice = {
  [N in "joined" | "left" | "muted" | "renamed" | "talking"]: {
    readonly name: N;
    readonly params: NotificationParams<N & Notification>;
  };
}["joined" | "left" | "muted" | "renamed" | "talking"];

/** The seats of a fresh join, or of a seat taken up again; `talking` are the ids of those who talk. */
export function rosterOf(
  participants: readonly Participant[],
  talking: readonly string[] = [],
): Seat[] {
  return sorted(
    participants.map((participant) => ({
      ...participant,
      talking: talking.includes(participant.id),
    })),
  );
}

/** The seats after a notification. One about a seat that is unknown changes nothing. */
export function updateRoster(seats: readonly Seat[], notice: RosterNotice): Seat[] {
  switch (notice.name) {
    case "joined": {
      const { participant } = notice.params;
      const others = seats.filter((seat) => seat.id !== participant.id);
      return sorted([...others, { ...participant, talking: false }]);
    }
    case "left":
      return seats.filter((seat) => seat.id !== notice.params.seat);
    case "muted": {
      const { seat, muted } = notice.params;
      return change(seats, seat, muted ? { muted, talking: false } : { muted });
    }
    case "renamed":
      return sorted(change(seats, notice.params.seat, { name: notice.params.name }));
    case "talking":
      return change(seats, notice.params.seat, { talking: notice.params.talking });
  }
}

function change(seats: readonly Seat[], id: string, patch: Partial<Seat>): Seat[] {
  return seats.map((seat) => seat.id === id ? { ...seat, ...patch } : seat);
}

/** Hosts first, then by name, so that nobody jumps about while people talk. */
function sorted(seats: Seat[]): Seat[] {
  return seats.toSorted((a, b) =>
    Number(b.role === "host") - Number(a.role === "host") ||
    a.name.localeCompare(b.name) || a.id.localeCompare(b.id)
  );
}
