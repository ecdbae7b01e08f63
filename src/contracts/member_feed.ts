import { z } from "zod";
import { DisplayName, RoomId, UserId } from "./ids.ts";
import { Participant } from "./rpc.ts";

/** The Redis stream in which gateways tell the Room Managers who took a seat and who gave one back, in any room. */
export const MEMBER_FEED = "events:members";

/** About how many entries it keeps for Room Managers that are away. */
export const MEMBER_FEED_LENGTH = 20_000;

/** What a room's hash of seats (`seats:{room}`) has for each, as JSON. What an older gateway wrote has no name and role. */
export const SeatEntry = z.object({
  gateway: z.string(),
  user: UserId,
  name: DisplayName.optional(),
  role: Participant.shape.role.optional(),
});
export type SeatEntry = z.infer<typeof SeatEntry>;

/** The fields of an entry of the feed. */
export const MemberChange = z.object({
  room: RoomId,
  method: z.enum(["joined", "left"]),
  /** The id of the same event in the room's own stream: unique in the room. */
  event: z.string().regex(/^\d{1,20}-\d{1,20}$/),
  seat: Participant.shape.id,
  /** A {@link SeatEntry}. */
  entry: z.string().max(1000),
});
export type MemberChange = z.infer<typeof MemberChange>;
