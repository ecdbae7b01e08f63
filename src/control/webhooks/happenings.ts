import { createHash } from "node:crypto";
import { z } from "zod";
import type { RoomId, UserId } from "../../contracts/ids.ts";
import type { WebhookData, WebhookTopic } from "../../contracts/webhook_events.ts";
import { RoomFacts, toldLive, toldRoom } from "./room_facts.ts";

/** Something that happened in a room, to be told to those who asked for it. */
export interface Happening {
  readonly id: string;
  readonly type: WebhookTopic;
  readonly roomId: RoomId;
  /** The room's owner. */
  readonly owner: UserId;
  /** Unix time in ms. */
  readonly at: number;
  readonly data: WebhookData<WebhookTopic>;
}

/** What has been told of a room. */
export const Told = RoomFacts.extend({
  /** The last state told of the broadcast; null: none yet. */
  state: z.enum(["on_air", "degraded"]).nullable(),
  /** How many states of the broadcast were told. */
  changes: z.number().int().nonnegative(),
});
export type Told = z.infer<typeof Told>;

/** A room as it is now; the state only if it is known and worth telling. */
export interface Seen {
  readonly facts: RoomFacts;
  readonly state:
    | { readonly name: "on_air" | "degraded"; readonly reasons: readonly string[] }
    | null;
}

export interface Telling {
  readonly told: Told | null;
  readonly events: readonly Happening[];
}

/**
 * What is to be told of a room, by comparing what was told with what is seen; null is a room that is not there. The same
 * comparison gives the same event ids, whoever makes it.
 *
 * @param now Unix time in ms.
 */
export function tell(told: Told | null, seen: Seen | null, now: number): Telling {
  const events: Happening[] = [];
  const isSame = told !== null && seen !== null && told.createdAt === seen.facts.createdAt;
  if (told !== null && !isSame) {
    if (told.live !== null) events.push(liveEvent("room.stopped", told, told.live, now));
    events.push(roomEvent("room.deleted", told, now));
  }
  if (seen === null) return { told: null, events };
  const { facts, state } = seen;
  if (!isSame) events.push(roomEvent("room.created", facts, facts.createdAt));
  const before = isSame ? told : null;
  const goesOn = before?.live?.id === facts.live?.id;
  if (before?.live && !goesOn) events.push(liveEvent("room.stopped", before, before.live, now));
  const { live } = facts;
  if (live === null) return { told: { ...facts, state: null, changes: 0 }, events };
  if (!goesOn) events.push(liveEvent("room.started", facts, live, live.startedAt));
  const last = goesOn && before !== null ? before : { state: null, changes: 0 };
  if (state === null || state.name === last.state) {
    return { told: { ...facts, state: last.state, changes: last.changes }, events };
  }
  const changes = last.changes + 1;
  events.push(stateEvent(facts, live, state, changes, now));
  return { told: { ...facts, state: state.name, changes }, events };
}

function roomEvent(type: "room.created" | "room.deleted", facts: RoomFacts, at: number): Happening {
  const id = eventId(type, facts.id, facts.createdAt);
  return { id, type, at, ...ofRoom(facts), data: { room: toldRoom(facts) } };
}

type Live = NonNullable<RoomFacts["live"]>;

function liveEvent(
  type: "room.started" | "room.stopped",
  facts: RoomFacts,
  live: Live,
  at: number,
): Happening {
  const data = { room: toldRoom(facts), live: toldLive(live) };
  return { id: eventId(type, facts.id, live.id), type, at, ...ofRoom(facts), data };
}

/** Reasons are for people: some are enough, and a long one is cut. */
const MAX_REASONS = 10;
const MAX_REASON = 300;

function stateEvent(
  facts: RoomFacts,
  live: Live,
  { name, reasons }: NonNullable<Seen["state"]>,
  change: number,
  at: number,
): Happening {
  const type = `room.${name}` as const;
  const id = eventId(type, facts.id, live.id, change);
  const data = { room: toldRoom(facts), live: toldLive(live) };
  const some = reasons.slice(0, MAX_REASONS).map((reason) => reason.slice(0, MAX_REASON));
  const more = name === "degraded" ? { reasons: some } : {};
  return { id, type, at, ...ofRoom(facts), data: { ...data, ...more } };
}

function ofRoom({ id, owner }: RoomFacts) {
  return { roomId: id, owner: owner.id };
}

/** An event's id, made of what the event is, so that all who tell it give it the same. */
export function eventId(...what: readonly (string | number)[]): string {
  return `evt_${shortHash(JSON.stringify(what))}`;
}

/** The id of an event's way to an endpoint. */
export function deliveryId(event: string, endpoint: string): string {
  return `dlv_${shortHash(`${event} ${endpoint}`)}`;
}

function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}
