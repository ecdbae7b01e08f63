/** The keys in Redis of the event log. */
export const adminKeys = {
  /** A stream of events, see event_log.ts. */
  events: "admin:events",
  /** Marks an event as written, so that a write that is tried again does not tell it twice. */
  said: (uid: string) => `admin:said:${uid}`,
  /** A hash: what was last told of each room, node and order, see story_store.ts. */
  told: "admin:told",
  /** Which Room Manager tells of changes now. */
  teller: "admin:teller",
} as const;
