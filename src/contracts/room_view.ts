import type { RoomView } from "./operations.ts";
import type { RoomMeta, RoomRecord } from "./room.ts";
import { type NodePresence, ROOM_STATES, roomState, type StateWithReasons } from "./states.ts";

/** A room as callers see it. It holds nothing secret. */
export function roomView(
  meta: RoomMeta,
  record: RoomRecord,
  now: number,
  nodes: NodePresence,
): RoomView {
  const { livemeta } = record;
  const state = roomState(record, now, nodes);
  return {
    id: meta.id,
    title: meta.title,
    owner: meta.owner,
    hasPin: meta.pinHash !== null,
    redundancy: meta.redundancy,
    access: meta.access,
    createdAt: new Date(meta.createdAt).toISOString(),
    state: state.state,
    stateText: stateText(state),
    reasons: [...state.reasons],
    live: livemeta && {
      id: livemeta.liveId,
      epoch: livemeta.epoch,
      startedAt: new Date(livemeta.startedAt).toISOString(),
      janusId: livemeta.janusId,
      mixerId: livemeta.mixerId,
      standbyId: livemeta.standbyId,
    },
    links: {
      listen: `/listen/${meta.id}`,
      studio: `/studio/${meta.id}`,
      hls: `/hls/${meta.id}/index.m3u8`,
      classic: `/hls/${meta.id}/ts/index.m3u8`,
    },
  };
}

/** What a state means and why it is so, as sentences. */
export function stateText({ state, reasons }: StateWithReasons): string {
  if (reasons.length === 0) return ROOM_STATES[state];
  const why = reasons.join("; ");
  return `${ROOM_STATES[state]} ${why.charAt(0).toUpperCase()}${why.slice(1)}.`;
}
