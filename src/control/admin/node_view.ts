import { type AdminNode, type StandingName, STANDINGS } from "../../contracts/admin.ts";
import type { DrainOrder, Suspicion } from "../../contracts/faults.ts";
import type { NodeId, RoomId } from "../../contracts/ids.ts";
import type { NodeInfo, NodeKind } from "../../contracts/node.ts";

/** How many rooms of a node are named. */
const MOST_ROOMS = 100;

/** What is known of a node, which may be gone. */
export interface NodeSight {
  readonly kind: NodeKind;
  readonly id: NodeId;
  readonly info: NodeInfo | null;
  readonly standing: StandingName;
  readonly order: DrainOrder | null;
  readonly suspicions: readonly Suspicion[];
  readonly leaseLeftS: number | null;
  /** It failed within the last minute: others are picked before it. */
  readonly recentlyFailed: boolean;
  /** The live rooms that name it. */
  readonly rooms: readonly RoomId[];
}

/** A node as an operator sees it. */
export function nodeView(sight: NodeSight): AdminNode {
  const { kind, id, info, standing, order, suspicions, leaseLeftS, rooms } = sight;
  const full = info !== null && info.load >= info.capacity;
  return {
    kind,
    id,
    standing,
    standingText: standingText(sight, full),
    takesRooms: standing === "fit" && info !== null && info.unhealthy === null && !full,
    version: info?.version ?? null,
    url: info?.url ?? null,
    startedAt: info && new Date(info.startedAt).toISOString(),
    load: info?.load ?? null,
    capacity: info?.capacity ?? null,
    unhealthy: info?.unhealthy ?? null,
    draining: info?.draining ?? false,
    order,
    leaseLeftS,
    suspicions: [...suspicions],
    roomCount: rooms.length,
    rooms: rooms.slice(0, MOST_ROOMS),
  };
}

function standingText(sight: NodeSight, full: boolean): string {
  const { info, standing, suspicions, recentlyFailed } = sight;
  const why = [
    ...(info?.unhealthy ? [info.unhealthy] : []),
    ...suspicions.map(({ witness, reason }) => `${WITNESSES[witness]} says: ${reason}`),
    ...(info === null && standing !== "fit" ? ["its lease is gone"] : []),
    ...(full ? ["it is full: no more rooms come here"] : []),
    ...(recentlyFailed && standing === "fit"
      ? ["it failed within the last minute, so others are picked first"]
      : []),
  ];
  if (why.length === 0) return STANDINGS[standing];
  const text = why.join("; ");
  const sentence = `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
  return standing === "fit" ? sentence : `${STANDINGS[standing]} ${sentence}`;
}

const WITNESSES = { edge: "An edge", janus: "A Janus manager" } as const;
