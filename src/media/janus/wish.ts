import { isIP } from "node:net";
import type { NodeId } from "../../contracts/ids.ts";
import type { LiveMeta, MixerObserved, RoomRecord, SrtpKey } from "../../contracts/room.ts";

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Where the mix of a room should go. */
export interface Target extends Address {
  readonly mixerId: NodeId;
  /**
   * The mixer has said so in this epoch. What it said in an earlier one keeps a forwarder, and begins none: the port may
   * be one that it has for another Janus.
   */
  readonly current: boolean;
  /** What the sound is encrypted with; absent: nothing is. */
  readonly srtp?: SrtpKey;
}

/** What etcd wants of one room on one Janus. */
export type Wish =
  /** What etcd says cannot be read: change nothing. */
  | { readonly kind: "hold" }
  /** The room is over, or on another Janus. */
  | { readonly kind: "gone" }
  | {
    readonly kind: "room";
    readonly epoch: number;
    /** The number of the broadcast. */
    readonly live: number;
    /** The mixer that listeners hear; null until it has opened its port. */
    readonly primary: Target | null;
    /** The mixer that stands by; null when there is none, or it has no port yet. */
    readonly standby: Target | null;
    /** Why the room cannot be served as it is wished, in words. */
    readonly problem: string | null;
  };

/** What Janus node `self` should do for a room. `livemetaExists`: the key is there, readable or not. */
export function wishOf(
  record: Omit<RoomRecord, "meta">,
  livemetaExists: boolean,
  self: NodeId,
): Wish {
  const { livemeta } = record;
  if (livemeta === null) return { kind: livemetaExists ? "hold" : "gone" };
  if (livemeta.janusId !== self) return { kind: "gone" };
  const { epoch, live, mixerId, standbyId } = livemeta;
  const primary = portOf(mixerId, livemeta, [record.mixer, record.standby]);
  const standby = portOf(standbyId, livemeta, [record.standby, record.mixer]);
  return {
    ...{ kind: "room", epoch, live },
    primary: targetOf(primary, epoch),
    standby: standbyId === mixerId ? null : targetOf(standby, epoch),
    // Janus would resolve a name, and tell us later only the address it found.
    problem: primary !== null && isIP(primary.ip) === 0
      ? `mixer ${mixerId} gives no IP address for its RTP port`
      : null,
  };
}

/** What a mixer says of its port for this broadcast: in its own key, or still in that of the role it had before. */
function portOf(
  mixerId: NodeId | null,
  { liveId }: LiveMeta,
  keys: readonly (MixerObserved | null)[],
): MixerObserved | null {
  const said = keys.find((key) => key?.mixerId === mixerId && key?.liveId === liveId) ?? null;
  return said === null || said.status === "failed" || said.port === 0 ? null : said;
}

function targetOf(said: MixerObserved | null, epoch: number): Target | null {
  if (said === null || isIP(said.ip) === 0) return null;
  const { mixerId, ip, port, srtp } = said;
  const target = { mixerId, host: ip, port, current: said.epoch === epoch };
  return srtp === undefined ? target : { ...target, srtp };
}
