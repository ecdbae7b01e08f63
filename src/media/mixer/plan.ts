import type { JanusObserved, LiveMeta, MixerObserved } from "../../contracts/room.ts";

/** The room's stream on this mixer, as it is. */
export interface StreamHere {
  readonly liveId: string;
  readonly port: number;
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
  /** Make FFmpeg anew: its forwarder is a new one, which it would not hear. */
  readonly renew: boolean;
  /** The SSRC that FFmpeg now serves. */
  readonly ssrc: number | null;
  /** What the mixer's key should say; null: the key of ours should be gone; undefined: it is not ours. */
  readonly observed: MixerObserved | null | undefined;
}

export interface MixerPlanInput {
  readonly mixerId: string;
  readonly ip: string;
  readonly origin: string;
  readonly livemeta: LiveMeta | null;
  readonly janus: JanusObserved | null;
  readonly observed: MixerObserved | null;
  readonly here: StreamHere | null;
}

/** What to do for a room, from what is wished and what is. */
export function planMixer(input: MixerPlanInput): MixerPlan {
  const { mixerId, livemeta, janus, observed, here } = input;
  const wanted = livemeta?.mixerId === mixerId ? livemeta : null;
  const same = wanted !== null && here?.liveId === wanted.liveId;
  const ssrc = (wanted && forwarderTo(input, wanted, janus)) ?? (same ? here.ssrc : null);
  const ours = observed === null || observed.mixerId === mixerId;
  return {
    end: here !== null && !same,
    moved: here !== null && !same && livemeta?.liveId === here.liveId,
    begin: wanted !== null && !same,
    // The first forwarder finds a fresh FFmpeg; so does any that comes before a sound was heard.
    renew: same && here.ssrc !== null && ssrc !== here.ssrc,
    ssrc,
    observed: wanted === null
      ? (ours ? null : undefined)
      : same
      ? observedOf(input, wanted, here)
      : undefined,
  };
}

/** What the mixer's key says of a stream. */
export function observedOf(
  { mixerId, ip, origin }: Pick<MixerPlanInput, "mixerId" | "ip" | "origin">,
  wanted: LiveMeta,
  here: Pick<StreamHere, "port" | "flowing" | "sounded">,
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
    origin,
  };
}

/** The SSRC of the forwarder that the Janus manager says it has to this mixer, or null. */
function forwarderTo(
  { mixerId }: MixerPlanInput,
  wanted: LiveMeta,
  janus: JanusObserved | null,
): number | null {
  if (janus?.epoch !== wanted.epoch) return null;
  return janus.forwarders.find((forwarder) => forwarder.mixerId === mixerId)?.ssrc ?? null;
}
