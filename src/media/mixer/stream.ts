import type { NodeId, RoomId } from "../../contracts/ids.ts";
import type { LiveMeta, SrtpKey } from "../../contracts/room.ts";
import type { StreamHere } from "./plan.ts";

/** A stream to begin. */
export interface StreamOrder {
  readonly roomId: RoomId;
  readonly livemeta: LiveMeta;
  /** Even; port + 1 is RTCP. */
  readonly port: number;
  /** The one address RTP is taken from, or null for any. */
  readonly from: string | null;
  /** What the RTP is encrypted with; absent: nothing is. */
  readonly srtp?: SrtpKey;
}

/** Where a stream's sound comes from, when that changes. */
export interface Tuning extends Pick<StreamOrder, "port" | "from" | "srtp"> {
  readonly janusId: NodeId;
  /** The span of the placement that changed it. */
  readonly traceparent?: string | undefined;
}

/** One broadcast on this mixer. */
export interface MixerStream {
  readonly roomId: RoomId;
  /** As it was when the stream began. */
  readonly livemeta: LiveMeta;
  /** The stream as the planner sees it. */
  readonly here: StreamHere;
  /** The SSRC of the forwarder its FFmpeg serves, once one was told. */
  ssrc: number | null;
  /** Makes FFmpeg anew for a new forwarder. */
  renew(): void;
  /** Goes on with an FFmpeg at another port; the old one is gone when this resolves. */
  retune(tuning: Tuning): Promise<void>;
  /** Ends the broadcast for its listeners; FFmpeg is gone when this resolves. What was made can still be fetched. */
  end(): Promise<void>;
  /** Lets go of the broadcast without ending it for its listeners. */
  stop(): Promise<void>;
  /** Removes what it left on disk. */
  remove(): Promise<void>;
}

/** Gives RTP ports. */
export interface PortSource {
  /**
   * A port that is free, or the one held already if it can be used.
   *
   * @throws AppError `no_capacity` or `unavailable`
   */
  lease(held: number | null): Promise<number>;
  /**
   * Takes a port back; it rests before it is given again.
   *
   * @param sender The Janus that may have sent there.
   */
  release(port: number, sender?: NodeId): void;
}
