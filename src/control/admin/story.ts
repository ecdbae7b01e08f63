import type { NewAdminEvent } from "../../contracts/admin_events.ts";
import type { DrainOrder, Suspicion } from "../../contracts/faults.ts";
import type { NodeId, RoomId } from "../../contracts/ids.ts";
import type { NodeInfo, NodeKind } from "../../contracts/node.ts";
import type { LiveMeta, RoomMeta } from "../../contracts/room.ts";
import type { StateWithReasons } from "../../contracts/states.ts";

/** How a subject stands: what makes it the same as before, and what to say when it is not. */
export interface Standpoint {
  readonly signature: string;
  /** For how long (ms) it must be so before it is worth telling; default: at once. */
  readonly settleMs?: number;
  /** @param before The signature told last; null: there was none. Null when there is nothing worth saying. */
  readonly tell: (before: string | null) => NewAdminEvent | null;
}

/** What to say of a subject that is no more. */
export type Farewell = (before: string) => NewAdminEvent | null;

const PLAIN = { roomId: null, node: null, by: null, details: {} } as const;

/** A room that is moved misses a part for some hundred ms, which nobody hears. */
const TROUBLE_MS = 1000;

/** A room's state. Reasons make a difference only where something is wrong: those of a start pass within a second. */
export function roomStandpoint(
  { id, title, owner }: RoomMeta,
  live: LiveMeta | null,
  { state, reasons }: StateWithReasons,
): Standpoint {
  const why = reasons.join("; ");
  const text = why === "" || state === "idle"
    ? `${title}: ${WORDS[state]}`
    : `${title}: ${WORDS[state]}: ${why}`;
  const event: NewAdminEvent = {
    kind: "room.state",
    severity: SEVERITY[state],
    text: shorten(`${text}.`),
    roomId: id,
    node: null,
    by: null,
    details: {
      state,
      reasons: shorten(why),
      ...(live && { liveId: live.liveId, ...placement(live) }),
    },
  };
  return {
    signature: JSON.stringify(state === "degraded" ? [state, ...reasons] : [state]),
    ...(state === "degraded" ? { settleMs: TROUBLE_MS } : {}),
    tell: (before) =>
      before !== null ? event : {
        ...event,
        kind: "room.created",
        severity: "info",
        text: `${title}: made by ${owner.name}.`,
        by: owner,
      },
  };
}

/** Where a live room is, for an event's details. */
export function placement({ epoch, janusId, mixerId, standbyId }: LiveMeta) {
  return { epoch, janusId, mixerId, standbyId };
}

export function roomGone(id: RoomId): Farewell {
  return () => ({
    ...PLAIN,
    kind: "room.deleted",
    severity: "info",
    text: `Room ${id} is deleted.`,
    roomId: id,
  });
}

const WORDS = {
  idle: "off air",
  starting: "starting",
  on_air: "on air",
  degraded: "in trouble",
  stopping: "ending",
} as const;

const SEVERITY = {
  idle: "info",
  starting: "info",
  on_air: "good",
  degraded: "bad",
  stopping: "info",
} as const;

/** What a node says of itself. Its load tells nothing here. */
export function nodeStandpoint(node: NodeInfo): Standpoint {
  const { kind, id, version, startedAt, unhealthy, draining, load } = node;
  const state = unhealthy !== null ? "ill" : draining ? "draining" : "up";
  return {
    signature: JSON.stringify([state, startedAt]),
    tell: (before) => ({
      ...ofNode(kind, id),
      kind: "node.state",
      severity: state === "ill" ? "bad" : state === "draining" ? "warn" : "good",
      text: shorten(`${kind}/${id} ${sentence(before)}.`),
      details: { state, version, unhealthy, load },
    }),
  };

  function sentence(before: string | null): string {
    if (unhealthy !== null) return `cannot serve: ${unhealthy}`;
    if (draining) return `is draining, with ${load} ${load === 1 ? "room" : "rooms"}`;
    if (before === null) return `is there, version ${version}`;
    return before.includes(String(startedAt)) ? "is well again" : "was started anew";
  }
}

export function nodeGone(kind: NodeKind, id: NodeId): Farewell {
  return (before) => {
    const drained = before.includes("draining");
    return {
      ...ofNode(kind, id),
      kind: "node.state",
      severity: drained ? "info" : "bad",
      text: drained ? `${kind}/${id} has ended after draining.` : `${kind}/${id} is gone.`,
      details: { state: "gone", drained },
    };
  };
}

export function orderStandpoint(
  kind: NodeKind,
  id: NodeId,
  { orderedAt, deadlineS }: DrainOrder,
): Standpoint {
  return {
    signature: String(orderedAt),
    tell: () => ({
      ...ofNode(kind, id),
      kind: "node.order",
      severity: "warn",
      text: `${kind}/${id} is told to drain within ${deadlineS} s.`,
      details: { deadlineS },
    }),
  };
}

/** @param there Whether the node still is: the order of one that has ended goes with it, and there is no more to say. */
export function orderGone(kind: NodeKind, id: NodeId, there: boolean): Farewell {
  return () =>
    there
      ? {
        ...ofNode(kind, id),
        kind: "node.order",
        severity: "info",
        text: `${kind}/${id}: the order to drain is taken back.`,
      }
      : null;
}

/** Null when nobody suspects the node. */
export function suspicionStandpoint(
  kind: NodeKind,
  id: NodeId,
  suspicions: readonly Suspicion[],
): Standpoint | null {
  const [first] = suspicions;
  if (first === undefined) return null;
  const witnesses = [...new Set(suspicions.map(({ witness }) => witness))].sort();
  return {
    signature: witnesses.join(","),
    tell: () => ({
      ...ofNode(kind, id),
      kind: "node.suspected",
      severity: "bad",
      text: shorten(`${kind}/${id} is found dead by ${witnesses.join(" and ")}: ${first.reason}.`),
      details: { suspected: true, witnesses: witnesses.join(","), reason: first.reason },
    }),
  };
}

export function suspicionGone(kind: NodeKind, id: NodeId): Farewell {
  return () => ({
    ...ofNode(kind, id),
    kind: "node.suspected",
    severity: "info",
    text: `${kind}/${id} is suspected no more.`,
    details: { suspected: false },
  });
}

/** Why nothing is moved; null when all is as ever. */
export function holdStandpoint(why: string): Standpoint {
  return {
    signature: why,
    tell: () => ({
      ...PLAIN,
      kind: "site.hold",
      severity: "bad",
      text: `No room is moved for now: ${why}.`,
      details: { hold: why },
    }),
  };
}

export const holdGone: Farewell = () => ({
  ...PLAIN,
  kind: "site.hold",
  severity: "good",
  text: "Rooms are moved again as they need.",
  details: { hold: null },
});

function ofNode(kind: NodeKind, id: NodeId) {
  return { ...PLAIN, node: { kind, id } };
}

function shorten(text: string): string {
  return text.length <= 600 ? text : `${text.slice(0, 599)}…`;
}
