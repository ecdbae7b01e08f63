import type { RoomRecord } from "../../src/contracts/room.ts";

/** One forwarder that a Janus really has. */
export interface SeenForwarder {
  readonly janusId: string;
  readonly roomId: string;
  readonly host: string;
  readonly port: number;
}

/** One FFmpeg process that really runs, by the folder it writes to. */
export interface SeenFfmpeg {
  readonly pid: number;
  readonly mixerId: string;
  readonly liveId: string;
}

/** What there is, as found by looking at it and not by asking who should know. */
export interface Facts {
  /** What etcd says, by room. */
  readonly rooms: ReadonlyMap<string, RoomRecord>;
  /** The Januses that answered. */
  readonly januses: readonly string[];
  /** AudioBridge rooms of ours. */
  readonly bridgeRooms: readonly { readonly janusId: string; readonly roomId: string }[];
  readonly forwarders: readonly SeenForwarder[];
  readonly ffmpegs: readonly SeenFfmpeg[];
  /** The UDP ports of the mixers' pools that something has bound. */
  readonly boundPorts: readonly number[];
  /** Folders of classic renditions. */
  readonly folders: readonly { readonly mixerId: string; readonly liveId: string }[];
}

/** A rule over the facts: what is broken, as sentences. Empty: it holds. */
export type Rule = (facts: Facts) => string[];
