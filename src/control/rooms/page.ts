import { Buffer } from "node:buffer";
import { z } from "zod";
import { AppError } from "../../contracts/errors.ts";
import { RoomId } from "../../contracts/ids.ts";

/** What a room's place in the list rests on. */
export interface RoomPlace {
  readonly id: RoomId;
  readonly live: boolean;
  /** Unix time in ms. */
  readonly createdAt: number;
}

const Cursor = z.tuple([z.union([z.literal(0), z.literal(1)]), z.number().int(), RoomId]);

/** Live rooms first, then the newest; the id settles a tie. */
export function byPlace(a: RoomPlace, b: RoomPlace): number {
  if (a.live !== b.live) return a.live ? -1 : 1;
  if (a.createdAt !== b.createdAt) return b.createdAt - a.createdAt;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

/**
 * One page of a sorted list. The cursor names the place of the page's last room and not a count, so a room that
 * comes or goes meanwhile neither repeats nor hides another.
 *
 * @throws AppError `invalid_params` when the cursor is none of ours.
 */
export function pageOf<P extends RoomPlace>(
  sorted: readonly P[],
  limit: number,
  cursor?: string,
): { rooms: readonly P[]; nextCursor: string | null } {
  const after = cursor === undefined ? null : decodeCursor(cursor);
  const start = after === null ? 0 : firstAfter(sorted, after);
  const rooms = sorted.slice(start, start + limit);
  const last = rooms.at(-1);
  const more = start + limit < sorted.length;
  return { rooms, nextCursor: more && last !== undefined ? encodeCursor(last) : null };
}

/** A place as a word that callers need not understand. */
export function encodeCursor({ id, live, createdAt }: RoomPlace): string {
  return Buffer.from(JSON.stringify([live ? 1 : 0, createdAt, id])).toString("base64url");
}

/** @throws AppError `invalid_params` when the cursor is none of ours. */
export function decodeCursor(cursor: string): RoomPlace {
  try {
    const text = Buffer.from(cursor, "base64url").toString();
    const [live, createdAt, id] = Cursor.parse(JSON.parse(text));
    return { live: live === 1, createdAt, id };
  } catch (cause) {
    const detail = "not a cursor of this list: begin again without one";
    const fields = [{ pointer: "/cursor", detail }];
    throw new AppError("invalid_params", `/cursor: ${detail}`, { cause, fields });
  }
}

function firstAfter(sorted: readonly RoomPlace[], after: RoomPlace): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const place = sorted[middle];
    if (place !== undefined && byPlace(place, after) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
