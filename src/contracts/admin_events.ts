import { z } from "zod";
import { NodeId, RoomId, UserId } from "./ids.ts";
import { NodeKind } from "./node.ts";

/** The one table of what the live event log tells, with a sentence saying what each kind means. */
export const ADMIN_EVENT_KINDS = {
  "room.created": "A room was made.",
  "room.deleted": "A room was deleted.",
  "room.started": "Somebody took a room live; the details say where it was placed.",
  "room.stopped": "Somebody ended a broadcast.",
  "room.state": "A room's state changed; a degraded one says why.",
  "room.moved": "A part of a live room was given to another node; the details say why.",
  "node.state": "A media node came, went, began to drain, or says otherwise of its health.",
  "node.order": "An operator's order to drain a node was given or taken back.",
  "node.suspected": "Those who use a node find it dead, or no longer do.",
  "site.hold": "No room is moved for a while, for what is seen cannot be trusted.",
  "admin.action": "An admin did something.",
} as const;
export type AdminEventKind = keyof typeof ADMIN_EVENT_KINDS;

/** A place in the event log: it grows with every event, and is the same at every Room Manager. */
export const AdminEventId = z.string().regex(/^\d{1,15}-\d{1,10}$/, "the id of an event");

/** An event before it is written down. */
export const NewAdminEvent = z.object({
  kind: z.enum(Object.keys(ADMIN_EVENT_KINDS) as [AdminEventKind, ...AdminEventKind[]]),
  /** `bad`: listeners or speakers may notice. */
  severity: z.enum(["info", "good", "warn", "bad"]),
  /** What happened, as a sentence for people. */
  text: z.string().max(600),
  roomId: RoomId.nullable(),
  node: z.object({ kind: NodeKind, id: NodeId }).nullable(),
  /** Who did it, where somebody did. */
  by: z.object({ id: UserId, name: z.string() }).nullable(),
  /** What a program may want to know. */
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
});
export type NewAdminEvent = z.infer<typeof NewAdminEvent>;

export const AdminEvent = NewAdminEvent.extend({ id: AdminEventId, at: z.iso.datetime() });
export type AdminEvent = z.infer<typeof AdminEvent>;

export const AdminEvents = z.object({
  /** The oldest first. */
  events: z.array(AdminEvent),
  /** Give it back as `after` for what comes next; null when nothing was ever told. */
  lastId: AdminEventId.nullable(),
  /** True: events after the one named were thrown away since, for the log keeps only the newest. */
  gap: z.boolean(),
});
export type AdminEvents = z.infer<typeof AdminEvents>;

/** Where an event goes that happens in this process. */
export interface EventSink {
  /** Never throws and never waits: what cannot be written now is written later. */
  record(event: NewAdminEvent): void;
}

/** A sink for who has no event log. */
export const NO_EVENTS: EventSink = { record: () => {} };

/** Somebody as an event names them. */
export function actorOf(caller: { sub: string; name: string } | null): NewAdminEvent["by"] {
  return caller && { id: caller.sub, name: caller.name };
}
