import { randomId, type UserId } from "../../contracts/ids.ts";

/** By what a person speaks, and what each means for their seat. */
export const SEAT_WAYS = {
  page: "A studio page with a socket: it is waited for when the socket breaks.",
  whip: "An encoder that came by WHIP: it has no socket, and its seat ends with its sound.",
} as const;
export type SeatWay = keyof typeof SEAT_WAYS;

/** The id of a new seat. It says by what its person speaks, to every gateway. */
export function newSeatId(userId: UserId, way: SeatWay): string {
  return `${userId}.${way === "whip" ? "whip-" : ""}${randomId(6)}`;
}

/** By what whoever has the seat speaks. */
export function wayOfSeat(id: string): SeatWay {
  return /\.whip-[a-z0-9]+$/.test(id) ? "whip" : "page";
}
