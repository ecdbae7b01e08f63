import { Buffer } from "node:buffer";
import { createHmac, timingSafeEqual } from "node:crypto";
import type { ListenTicket } from "../contracts/listen_links.ts";

/** What a ticket is for: a room's id, and when (Unix time in ms) it was made, for an id may be used again. */
export interface TicketRoom {
  readonly id: string;
  readonly createdAt: number;
}

/**
 * A ticket for all that lies under a room's path, until it expires.
 *
 * @param expiry Unix time in s.
 * @param secret base64url.
 */
export function signTicket(
  room: TicketRoom,
  expiry: number,
  { kid, secret }: { readonly kid: string; readonly secret: string },
): ListenTicket {
  const signature = mac(room, expiry, kid, secret).toString("base64url");
  return { expiry, kid, signature };
}

/** Whether the ticket is one that {@link signTicket} made for the room with this secret. Says nothing of its expiry. */
export function isSignedWith(
  secret: string,
  room: TicketRoom,
  { expiry, kid, signature }: ListenTicket,
): boolean {
  const given = Buffer.from(signature, "base64url");
  const right = mac(room, expiry, kid, secret);
  return given.length === right.length && timingSafeEqual(given, right);
}

function mac(room: TicketRoom, expiry: number, kid: string, secret: string): Buffer {
  // No part can hold a line break, so no two sets of parts make the same text.
  return createHmac("sha256", Buffer.from(secret, "base64url"))
    .update(`roomcast listen\n${room.id}\n${room.createdAt}\n${expiry}\n${kid}`).digest();
}
