import type { NodeKind } from "./node.ts";
import type { NodeId } from "./ids.ts";
import type { LiveMeta, MixerObserved, RoomRecord } from "./room.ts";

/** What each state of a room means, in a sentence a person can read. */
export const ROOM_STATES = {
  idle: "The room is not on air.",
  starting: "The room is live and its media parts are being set up.",
  on_air: "Sound goes from the room to its listeners.",
  degraded: "The room is live, and a part of it is missing: listeners may hear silence.",
  stopping: "The room is over and its media parts are being taken down.",
} as const;
export type RoomState = keyof typeof ROOM_STATES;

export interface StateWithReasons {
  readonly state: RoomState;
  /** Why it is not simply idle or on air; empty when there is nothing to say. */
  readonly reasons: readonly string[];
}

/** How long (ms) a room may take to come on air before it counts as degraded. */
export const START_GRACE_MS = 10_000;

/** Who knows which media nodes there are. */
export interface NodePresence {
  /** False only when the node is known to be gone. */
  isAlive(kind: NodeKind, id: string): boolean;
}

/** What may be amiss with a live room. */
interface Findings {
  /** Makes the room degraded. */
  readonly broken: string[];
  /** Is yet to come. */
  readonly waiting: string[];
  /** Harms nobody as things are. */
  readonly notes: string[];
}

/**
 * The state of a room from what etcd says of it and of its nodes. What a node of another broadcast or of an earlier place
 * wrote counts as absent.
 *
 * @param now Unix time in ms.
 */
export function roomState(record: RoomRecord, now: number, nodes: NodePresence): StateWithReasons {
  const { livemeta } = record;
  if (livemeta === null) {
    const left = leftReasons(record);
    return { state: left.length > 0 ? "stopping" : "idle", reasons: left };
  }
  const findings: Findings = { broken: [], waiting: [], notes: [] };
  findJanus(record, livemeta, nodes, findings);
  findMixer(record, livemeta, nodes, findings);
  findStandby(record, livemeta, nodes, findings);
  const { broken, waiting, notes } = findings;
  const reasons = [...broken, ...waiting, ...notes];
  if (broken.length > 0) return { state: "degraded", reasons };
  if (waiting.length === 0) return { state: "on_air", reasons };
  const late = now - livemeta.startedAt > START_GRACE_MS;
  return { state: late ? "degraded" : "starting", reasons };
}

function leftReasons({ janus, mixer, standby }: RoomRecord): string[] {
  const mixers = new Set([mixer, standby].flatMap((part) => part?.mixerId ?? []));
  return [
    ...(janus ? [`Janus node ${janus.janusId} has yet to remove the room`] : []),
    ...[...mixers].map((id) => `mixer ${id} has yet to end the stream`),
  ];
}

function findJanus(record: RoomRecord, live: LiveMeta, nodes: NodePresence, found: Findings): void {
  const { janusId } = live;
  if (!nodes.isAlive("janus", janusId)) found.broken.push(`Janus node ${janusId} is gone`);
  const janus = ofThisLive(record, live) ? record.janus : null;
  if (janus !== null && janus.janusId !== janusId) {
    found.waiting.push(`the room is being moved from Janus node ${janus.janusId} to ${janusId}`);
  } else if (janus === null) {
    found.waiting.push(`waiting for Janus node ${janusId} to create the room`);
  } else if (janus.status === "failed") {
    found.broken.push(`Janus node ${janusId}: ${janus.reason ?? "failed"}`);
  } else if (janus.status === "room_created") {
    found.waiting.push(`waiting for Janus node ${janusId} to forward the mix`);
  }
}

function findMixer(record: RoomRecord, live: LiveMeta, nodes: NodePresence, found: Findings): void {
  const { mixerId } = live;
  if (!nodes.isAlive("mixer", mixerId)) found.broken.push(`mixer ${mixerId} is gone`);
  const mixer = streamOf(record, live, mixerId);
  const before = record.mixer?.liveId === live.liveId ? record.mixer.mixerId : mixerId;
  if (mixer === null && before !== mixerId) {
    found.waiting.push(`the room is being moved from mixer ${before} to ${mixerId}`);
  } else if (mixer === null) {
    found.waiting.push(`waiting for mixer ${mixerId} to open its port`);
  } else if (mixer.status === "failed" || mixer.status === "degraded") {
    found.broken.push(`mixer ${mixerId}: ${mixer.reason ?? mixer.status}`);
  } else if (mixer.status === "listening") {
    found.waiting.push(`waiting for the first sound at mixer ${mixerId}`);
  }
}

function findStandby(
  record: RoomRecord,
  live: LiveMeta,
  nodes: NodePresence,
  found: Findings,
): void {
  const { standbyId } = live;
  const redundancy = record.meta?.redundancy ?? 1;
  if (standbyId === null) {
    if (redundancy === 2) found.notes.push("there is no standby, for no second mixer is free");
    return;
  }
  if (redundancy === 1) {
    found.notes.push(`the room is being moved from mixer ${live.mixerId} to ${standbyId}`);
  }
  const standby = streamOf(record, live, standbyId);
  if (!nodes.isAlive("mixer", standbyId)) {
    found.notes.push(`standby mixer ${standbyId} is gone`);
  } else if (standby === null) {
    found.notes.push(`standby mixer ${standbyId} has yet to open its port`);
  } else if (standby.status === "failed") {
    found.notes.push(`standby mixer ${standbyId}: ${standby.reason ?? "failed"}`);
  } else if (standby.status !== "on_air") {
    found.notes.push(`standby mixer ${standbyId} has no sound yet`);
  }
}

/** A mixer's stream of this broadcast. It goes on through moves of other parts, and whether it is the standby's. */
function streamOf(record: RoomRecord, live: LiveMeta, mixerId: NodeId): MixerObserved | null {
  const streams = [record.mixer, record.standby].filter((part) =>
    part?.mixerId === mixerId && part.liveId === live.liveId
  );
  return streams[0] ?? null;
}

/** Whether what Janus did was for this broadcast: its key has no live id, but no broadcast shares an epoch with another. */
function ofThisLive({ janus, mixer, standby }: RoomRecord, live: LiveMeta): boolean {
  const epochs = [mixer, standby].flatMap((part) => part?.liveId === live.liveId ? part.epoch : []);
  return janus !== null && janus.epoch >= Math.min(live.epoch, ...epochs);
}
