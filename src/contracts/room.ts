import { z } from "zod";
import { RoomAccess } from "./listen_links.ts";
import { DisplayName, LiveId, NodeId, RoomId, UserId } from "./ids.ts";

/** A title as people see it: 1–120 characters. */
export const RoomTitle = z.string().trim().min(1).max(120).regex(
  /^[^\p{Cc}]+$/u,
  "no control characters",
);

/** The secret that lets a person speak in a room: 4–32 characters. */
export const Pin = z.string().regex(/^[\x21-\x7e]{4,32}$/, "4 to 32 visible ASCII characters");

/** On how many mixers a room's broadcasts run at once. */
export const Redundancy = z.union([z.literal(1), z.literal(2)]);
export type Redundancy = z.infer<typeof Redundancy>;

/** A key that lets an encoder such as OBS speak in one room (WHIP), until it is revoked. */
export const StreamKey = z.object({
  /** Not secret: names the key in lists, and in the seat of whoever speaks with it. */
  id: z.string().regex(/^[a-z0-9]{8}$/, "a stream key's id"),
  /** What people call it, and how whoever speaks with it is shown. */
  name: DisplayName,
  /** SHA-256 of the key, in hex. The key itself is nowhere. */
  hash: z.string(),
  /** Unix time in ms. */
  createdAt: z.number().int().nonnegative(),
});
export type StreamKey = z.infer<typeof StreamKey>;

/** `/rooms/{id}/meta`: what a room is. It outlives any broadcast. */
export const RoomMeta = z.object({
  id: RoomId,
  title: RoomTitle,
  owner: z.object({ id: UserId, name: DisplayName }),
  /** A scrypt hash in PHC form (see platform/password.ts), or null: no PIN. */
  pinHash: z.string().nullable(),
  /** Unix time in ms. */
  createdAt: z.number().int().nonnegative(),
  /** The highest epoch this room has had; 0 before its first start. It never decreases. */
  epoch: z.number().int().nonnegative(),
  /** How many broadcasts this room has had. */
  lives: z.number().int().nonnegative(),
  /** The least media sequence number that the next broadcast may begin with. */
  nextMediaSequence: z.number().int().nonnegative(),
  /** How many mixers a broadcast runs on at once: 2 is a hot standby. Rooms made before there was a choice have 1. */
  redundancy: Redundancy.default(1),
  access: RoomAccess.default("open"),
  /** Absent: none yet. */
  streamKeys: z.array(StreamKey).optional(),
});
export type RoomMeta = z.infer<typeof RoomMeta>;

/** How many AAC frames a part may hold; every one divides a segment's 50. */
export const PartFrames = z.union([z.literal(5), z.literal(10), z.literal(25)]);
export type PartFrames = z.infer<typeof PartFrames>;

/**
 * The span that a placement is part of (W3C Trace Context), so that what the nodes do is seen as part of it. Only that:
 * one that cannot be read counts as absent.
 */
const Traceparent = z.string().regex(/^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/);

/** `/rooms/{id}/livemeta`: the desired state of a live room. Absent: the room is not live. */
export const LiveMeta = z.object({
  status: z.literal("onair"),
  /** The fencing token: grows with each placement. */
  epoch: z.number().int().positive(),
  liveId: LiveId,
  /** 1 for the room's first broadcast, 2 for its second. */
  live: z.number().int().positive(),
  /** Unix time in ms at which media time begins (the grid's zero). */
  startedAt: z.number().int().positive(),
  /** The media sequence number of the segment at zero. */
  mediaSequence: z.number().int().nonnegative(),
  /** AAC frames (1024 samples at 48 kHz) in a part: a divisor of the 50 in a segment. */
  partFrames: PartFrames,
  janusId: NodeId,
  mixerId: NodeId,
  /**
   * A second mixer that makes the same parts (same zero, same numbers) from a forwarder of its own, or null. It is there
   * when the room asks for redundancy, and while a room is moved from one mixer to another. It takes over by a new epoch
   * that names it as `mixerId`.
   */
  standbyId: NodeId.nullable().default(null),
  traceparent: Traceparent.optional().catch(undefined),
});
export type LiveMeta = z.infer<typeof LiveMeta>;

/** One RTP forwarder from an AudioBridge room to a mixer. A new forwarder has a new `ssrc`. */
export const Forwarder = z.object({
  mixerId: NodeId,
  host: z.string(),
  port: z.number().int().min(1).max(65535),
  /** The id Janus gave it. */
  streamId: z.number().int(),
  ssrc: z.number().int().positive(),
});
export type Forwarder = z.infer<typeof Forwarder>;

/** `/rooms/{id}/janus`: what the Janus manager has done for the room. */
export const JanusObserved = z.object({
  epoch: z.number().int().positive(),
  janusId: NodeId,
  status: z.enum(["room_created", "forwarding", "failed"]),
  /** Why, in words, when `failed`. */
  reason: z.string().optional(),
  forwarders: z.array(Forwarder),
});
export type JanusObserved = z.infer<typeof JanusObserved>;

/** The key and salt of AES_CM_128_HMAC_SHA1_80 (RFC 4568 §6.2), 30 bytes. */
export const SrtpKey = z.string().regex(/^[A-Za-z0-9+/]{40}$/, "30 bytes in base64");
export type SrtpKey = z.infer<typeof SrtpKey>;

/** `/rooms/{id}/mixer`, and `/rooms/{id}/standby` alike: what that mixer has done for the room. */
export const MixerObserved = z.object({
  epoch: z.number().int().positive(),
  mixerId: NodeId,
  liveId: LiveId,
  /** `listening`: port open, no sound yet; `on_air`: frames arrive; `degraded`: they stopped; `failed`: see reason. */
  status: z.enum(["listening", "on_air", "degraded", "failed"]),
  reason: z.string().optional(),
  /** Where RTP goes: an address of this mixer, and an even port (port + 1 is RTCP). 0 when `failed`. */
  ip: z.string(),
  port: z.number().int().min(0).max(65535),
  /** What RTP to that port is encrypted with; absent: it is plain. Another key comes with another port only. */
  srtp: SrtpKey.optional(),
  /** Base URL of the HLS origin, without a trailing slash. */
  origin: z.url(),
});
export type MixerObserved = z.infer<typeof MixerObserved>;

/** All that etcd says of one room, each part null when absent or unreadable. */
export interface RoomRecord {
  readonly meta: RoomMeta | null;
  readonly livemeta: LiveMeta | null;
  readonly janus: JanusObserved | null;
  readonly mixer: MixerObserved | null;
  /** The standby's. */
  readonly standby: MixerObserved | null;
}
