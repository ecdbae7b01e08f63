import { z } from "zod";
import { DisplayName, LiveId, RoomId, UserId } from "../../contracts/ids.ts";
import { type LiveMeta, type RoomMeta, RoomTitle } from "../../contracts/room.ts";
import type { WebhookLive, WebhookRoom } from "../../contracts/webhook_events.ts";

const LiveFacts = z.object({
  id: LiveId,
  number: z.number().int().positive(),
  /** Unix time in ms. */
  startedAt: z.number().int(),
});

/** The parts of a room that events tell of, as etcd has them, or as they were last told. */
export const RoomFacts = z.object({
  id: RoomId,
  title: RoomTitle,
  owner: z.object({ id: UserId, name: DisplayName }),
  /** Unix time in ms. */
  createdAt: z.number().int(),
  /** How many broadcasts it has had. */
  lives: z.number().int().nonnegative(),
  live: LiveFacts.nullable(),
});
export type RoomFacts = z.infer<typeof RoomFacts>;

export function factsOf(meta: RoomMeta, live: LiveMeta | null): RoomFacts {
  return {
    id: meta.id,
    title: meta.title,
    owner: { id: meta.owner.id, name: meta.owner.name },
    createdAt: meta.createdAt,
    lives: meta.lives,
    live: live && { id: live.liveId, number: live.live, startedAt: live.startedAt },
  };
}

/** Whether the one describes an earlier moment of the room than the other. */
export function isBefore(a: RoomFacts, b: RoomFacts): boolean {
  if (a.createdAt !== b.createdAt) return a.createdAt < b.createdAt;
  if (a.lives !== b.lives) return a.lives < b.lives;
  return a.live !== null && b.live === null;
}

/** Whether nothing distinguishes the two that an event would show. */
export function sameFacts(a: RoomFacts, b: RoomFacts): boolean {
  return a.createdAt === b.createdAt && a.lives === b.lives && a.live?.id === b.live?.id &&
    a.title === b.title && a.owner.id === b.owner.id;
}

export function toldRoom({ id, title, owner, createdAt }: RoomFacts): WebhookRoom {
  return { id, title, owner, createdAt: new Date(createdAt).toISOString() };
}

export function toldLive({ id, number, startedAt }: NonNullable<RoomFacts["live"]>): WebhookLive {
  return { id, number, startedAt: new Date(startedAt).toISOString() };
}
