import { z } from "zod";

/** Who may listen to a room: everybody, or who has a link that was signed for it and has not expired. */
export const RoomAccess = z.enum(["open", "signed"]);
export type RoomAccess = z.infer<typeof RoomAccess>;

/** How long (s) a listening link may be good, and how long it is when nobody says. */
export const LINK_TTL_S = { min: 30, max: 30 * 24 * 3600, initial: 24 * 3600 } as const;

export const LinkKeyId = z.string().regex(
  /^[a-z0-9]{4,16}$/,
  "4 to 16 lower case letters and digits",
);

/** `/linkkeys/{kid}`: a key that signs listening links. */
export const LinkKey = z.object({
  /** 32 random bytes. */
  secret: z.base64url().min(43),
  /** Unix time in ms from which on it signs, unless a newer one does: edges know it by then. */
  signsFrom: z.number().int().nonnegative(),
});
export type LinkKey = z.infer<typeof LinkKey>;

/** A link's proof, as it stands in the path of everything under it: `~{expiry}.{kid}.{signature}`. */
export interface ListenTicket {
  /** Unix time in s. */
  readonly expiry: number;
  readonly kid: string;
  /** base64url. */
  readonly signature: string;
}

const TICKET = /^~(\d{1,12})\.([a-z0-9]{4,16})\.([A-Za-z0-9_-]{43})$/;

/** Reads the path segment of a ticket; null when it is none. */
export function parseTicket(segment: string): ListenTicket | null {
  const [, expiry, kid, signature] = TICKET.exec(segment) ?? [];
  if (expiry === undefined || kid === undefined || signature === undefined) return null;
  return { expiry: Number(expiry), kid, signature };
}

export function ticketSegment({ expiry, kid, signature }: ListenTicket): string {
  return `~${expiry}.${kid}.${signature}`;
}

export const ListenLink = z.object({
  /** The page to give to people; the proof is behind the #, which browsers send to nobody. */
  listen: z.string(),
  /** The playlists, for players. */
  hls: z.string(),
  classic: z.string(),
  expiresAt: z.iso.datetime(),
});
export type ListenLink = z.infer<typeof ListenLink>;
