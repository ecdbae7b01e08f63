import { isIP } from "node:net";
import type { NodeId } from "../../contracts/ids.ts";
import type { RoomRecord } from "../../contracts/room.ts";

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Where the mix of a room should go. */
export interface Target extends Address {
  readonly mixerId: NodeId;
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
    /** Null until the mixer of this epoch has opened its port. */
    readonly target: Target | null;
    /**
     * A port that the mixer of an earlier epoch still claims: a forwarder there may go on until the new mixer is
     * ready, for that port cannot have been given to another room.
     */
    readonly former: Address | null;
    /** Why the room cannot be served as it is wished, in words. */
    readonly problem: string | null;
  };

/** What Janus node `self` should do for a room. `livemetaExists`: the key is there, readable or not. */
export function wishOf(record: RoomRecord, livemetaExists: boolean, self: NodeId): Wish {
  const { livemeta, mixer } = record;
  if (livemeta === null) return { kind: livemetaExists ? "hold" : "gone" };
  if (livemeta.janusId !== self) return { kind: "gone" };
  const room = { kind: "room", epoch: livemeta.epoch, target: null, former: null } as const;
  if (mixer === null || mixer.status === "failed" || mixer.port === 0) {
    return { ...room, problem: null };
  }
  const address = { host: mixer.ip, port: mixer.port };
  if (mixer.epoch !== livemeta.epoch || mixer.mixerId !== livemeta.mixerId) {
    return { ...room, former: address, problem: null };
  }
  if (isIP(mixer.ip) === 0) {
    // Janus would resolve a name, and tell us later only the address it found.
    return { ...room, problem: `mixer ${mixer.mixerId} gives no IP address for its RTP port` };
  }
  return { ...room, target: { ...address, mixerId: mixer.mixerId }, problem: null };
}
