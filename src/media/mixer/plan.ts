import type { NodeId } from "../../contracts/ids.ts";
import type {
  JanusObserved,
  LiveMeta,
  MixerObserved,
  RoomRecord,
  SrtpKey,
} from "../../contracts/room.ts";
import { keysFor, type MixerKeys, roleOf } from "./room_keys.ts";

/** The room's stream on this mixer, as it is. */
export interface StreamHere {
  readonly liveId: string;
  readonly port: number;
  /** The Janus that may send to the port. */
  readonly janusId: NodeId;
  /** Somebody else has the port. */
  readonly portTaken?: boolean;
  readonly srtp?: SrtpKey;
  /** FFmpeg is a new one, to which what its forwarder encrypts by now would be noise. */
  readonly keySpent?: boolean;
  /** Frames come now. */
  readonly flowing: boolean;
  /** A frame of the source has been heard at any time. */
  readonly sounded: boolean;
  /** The SSRC of the forwarder that this stream's FFmpeg serves, or null when none was told yet. */
  readonly ssrc: number | null;
}

/** What must be done for a room, in this order. */
export interface MixerPlan {
  /** End the stream here: the broadcast is over, another one, or another mixer's. */
  readonly end: boolean;
  /** The broadcast goes on at another mixer: its listeners must hear no end of it here. */
  readonly moved: boolean;
  /** Begin the stream of the livemeta. */
  readonly begin: boolean;
  /**
   * Take a new port, a new key and a new FFmpeg: somebody else has the port, or another Janus has the room, and the old one
   * may go on sending, or the key cannot be used any more.
   */
  readonly retune: boolean;
  /** Make FFmpeg anew: its forwarder is a new one, which it would not hear. */
  readonly renew: boolean;
  /** The SSRC that FFmpeg now serves. */
  readonly ssrc: number | null;
  /** What to write, unless a stream begins or is retuned: then its port is to be known first. */
  readonly keys: MixerKeys;
}

export interface MixerPlanInput extends Omit<RoomRecord, "meta"> {
  readonly mixerId: NodeId;
  readonly ip: string;
  readonly origin: string;
  readonly here: StreamHere | null;
}

/**
 * What to do for a room, from what is wished and what is. A mixer does the same for a room whether it is the one heard
 * or stands by; so when it changes from one to the other, its stream is not touched.
 */
export function planMixer(input: MixerPlanInput): MixerPlan {
  const { mixerId, livemeta, janus, here } = input;
  const wanted = roleOf(livemeta, mixerId) === null ? null : livemeta;
  const same = wanted !== null && here?.liveId === wanted.liveId;
  const retune = same &&
    (here.portTaken === true || here.keySpent === true || here.janusId !== wanted.janusId);
  const stays = same && !retune;
  const ssrc = stays ? forwarderTo(mixerId, here, janus) ?? here.ssrc : null;
  return {
    end: here !== null && !same,
    moved: here !== null && !same && livemeta?.liveId === here.liveId,
    begin: wanted !== null && !same,
    retune,
    // The first forwarder finds a fresh FFmpeg; so does any that comes before a sound was heard.
    renew: stays && here.ssrc !== null && ssrc !== here.ssrc,
    ssrc,
    keys: keysFor(input, mixerId, stays ? observedOf(input, wanted, here) : null),
  };
}

/** What a mixer's key says of its stream. */
export function observedOf(
  { mixerId, ip, origin }: Pick<MixerPlanInput, "mixerId" | "ip" | "origin">,
  wanted: LiveMeta,
  here: Pick<StreamHere, "port" | "srtp" | "flowing" | "sounded">,
): MixerObserved {
  const status = !here.sounded ? "listening" : here.flowing ? "on_air" : "degraded";
  return {
    epoch: wanted.epoch,
    mixerId,
    liveId: wanted.liveId,
    status,
    ...(status === "degraded" ? { reason: "no sound arrives; listeners hear silence" } : {}),
    ip,
    port: here.port,
    ...(here.srtp === undefined ? {} : { srtp: here.srtp }),
    origin,
  };
}

/**
 * The SSRC of the forwarder that the Janus manager says it has to this stream's port, or null. It may have said so in
 * an earlier epoch: a forwarder outlives the changes around it.
 */
function forwarderTo(
  mixerId: NodeId,
  { port, janusId }: StreamHere,
  janus: JanusObserved | null,
): number | null {
  if (janus?.janusId !== janusId) return null;
  const ours = janus.forwarders.find((one) => one.mixerId === mixerId && one.port === port);
  return ours?.ssrc ?? null;
}
