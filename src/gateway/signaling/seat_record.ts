import { createHash } from "node:crypto";
import { z } from "zod";
import { LiveId, NodeId, randomId, RoomId } from "../../contracts/ids.ts";
import { Participant } from "../../contracts/rpc.ts";

/** Where a seat is on a Janus, so that another gateway can claim it. */
export const SeatLocation = z.object({
  liveId: LiveId,
  janusId: NodeId,
  /** The Janus's WebSocket API. */
  url: z.string(),
  sessionId: z.number().int(),
  handleId: z.number().int(),
});
export type SeatLocation = z.infer<typeof SeatLocation>;

/** What Redis knows of a seat (`seat:{id}`): all that another gateway needs to give it to its page again. */
export const SeatRecord = z.object({
  roomId: RoomId,
  participant: Participant,
  secretHash: z.string(),
  /** Null while its place on Janus is gone: it can be joined anew, but not resumed. */
  location: SeatLocation.nullable(),
  /** Whether Janus gets its sound; null while it has said nothing of that, or an older gateway wrote the record. */
  receiving: z.boolean().nullable().default(null),
});
export type SeatRecord = z.infer<typeof SeatRecord>;

/** What a page shows to get its seat again. */
export interface SeatProof {
  readonly seat: string;
  readonly secret: string;
  readonly userId: string;
}

/** A secret that nobody guesses (160 bits). */
export function newSeatSecret(): string {
  return randomId(32);
}

/** What is kept of a secret. It is random, so one round of SHA-256 is enough. */
export function hashSeatSecret(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/** Whether the seat is the page's own: the secret, and the person too. */
export function proves(
  { secret, userId }: SeatProof,
  seat: { readonly secretHash: string; readonly participant: { readonly userId: string } },
): boolean {
  return seat.participant.userId === userId && hashSeatSecret(secret) === seat.secretHash;
}
