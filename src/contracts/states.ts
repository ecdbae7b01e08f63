import type { NodeKind } from "./node.ts";
import type { RoomRecord } from "./room.ts";

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

/**
 * The state of a room from what etcd says of it and of its nodes. Observed state of another epoch counts as absent.
 *
 * @param now Unix time in ms.
 */
export function roomState(record: RoomRecord, now: number, nodes: NodePresence): StateWithReasons {
  const { livemeta, janus, mixer } = record;
  if (livemeta === null) {
    const left = [
      ...(janus ? [`Janus node ${janus.janusId} has yet to remove the room`] : []),
      ...(mixer ? [`mixer ${mixer.mixerId} has yet to end the stream`] : []),
    ];
    return left.length > 0 ? { state: "stopping", reasons: left } : { state: "idle", reasons: [] };
  }
  const current = {
    janus: janus?.epoch === livemeta.epoch ? janus : null,
    mixer: mixer?.epoch === livemeta.epoch ? mixer : null,
  };
  const waiting: string[] = [];
  const broken: string[] = [];
  if (!nodes.isAlive("janus", livemeta.janusId)) {
    broken.push(`Janus node ${livemeta.janusId} is gone`);
  }
  if (!nodes.isAlive("mixer", livemeta.mixerId)) broken.push(`mixer ${livemeta.mixerId} is gone`);
  if (current.janus === null) {
    waiting.push(`waiting for Janus node ${livemeta.janusId} to create the room`);
  } else if (current.janus.status === "failed") {
    broken.push(`Janus node ${livemeta.janusId}: ${current.janus.reason ?? "failed"}`);
  } else if (current.janus.status === "room_created") {
    waiting.push(`waiting for Janus node ${livemeta.janusId} to forward the mix`);
  }
  if (current.mixer === null) {
    waiting.push(`waiting for mixer ${livemeta.mixerId} to open its port`);
  } else if (current.mixer.status === "failed" || current.mixer.status === "degraded") {
    broken.push(`mixer ${livemeta.mixerId}: ${current.mixer.reason ?? current.mixer.status}`);
  } else if (current.mixer.status === "listening") {
    waiting.push(`waiting for the first sound at mixer ${livemeta.mixerId}`);
  }
  if (broken.length > 0) return { state: "degraded", reasons: [...broken, ...waiting] };
  if (waiting.length === 0) return { state: "on_air", reasons: [] };
  const late = now - livemeta.startedAt > START_GRACE_MS;
  return { state: late ? "degraded" : "starting", reasons: waiting };
}
