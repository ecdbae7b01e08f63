import type { Running } from "../lifecycle.ts";

/** What Janus says went wrong, by the AudioBridge error code where it gave one. */
export class JanusError extends Error {
  override readonly name = "JanusError";

  constructor(message: string, readonly code: number | null, options?: ErrorOptions) {
    super(message, options);
  }
}

/** AudioBridge error codes (audiobridge.c) that callers decide on. */
export const AUDIOBRIDGE_ERRORS = {
  noSuchRoom: 485,
  roomExists: 486,
  notJoined: 487,
  noSuchUser: 492,
} as const;

export interface ForwarderInfo {
  readonly streamId: number;
  readonly host: string;
  readonly port: number;
  readonly ssrc: number;
}

/** A connection to one Janus. When it breaks it is dead for good: make a new one, then look at everything again. */
export interface JanusConnection extends Running {
  /** Resolves with the reason when the connection has broken; never rejects. */
  readonly broken: Promise<Error>;
  /** Opens an AudioBridge handle for room management. Every request has a time limit. */
  bridge(): Promise<AudioBridge>;
  /** Opens a session and an AudioBridge handle for one participant. */
  seat(events: SeatEvents): Promise<AudioBridgeSeat>;
  /**
   * Takes over a participant whom another connection had: WebRTC goes on, and its events come here from now on.
   * Whoever had it hears nothing of that: settle beforehand who may.
   *
   * @throws JanusError when Janus no longer has the session, or the participant is not in the room.
   */
  claim(place: SeatPlace, events: SeatEvents): Promise<AudioBridgeSeat>;
}

/** Where a participant is found on its Janus, whoever looks. */
export interface SeatPlace {
  readonly sessionId: number;
  readonly handleId: number;
  readonly room: string;
  /** The participant's id in that room. */
  readonly id: string;
}

/** Room management on one AudioBridge. Every call throws {@link JanusError}. */
export interface AudioBridge extends Running {
  listRooms(): Promise<string[]>;
  /** Creates the room (48 kHz, talking events); does nothing when it exists. */
  ensureRoom(room: string): Promise<void>;
  /** Destroys the room; does nothing when it does not exist. */
  destroyRoom(room: string): Promise<void>;
  listForwarders(room: string): Promise<ForwarderInfo[]>;
  /** Adds an always-on Opus forwarder. `srtp`: key and salt of AES_CM_128_HMAC_SHA1_80 in base64; absent: plain RTP. */
  forward(
    room: string,
    to: { host: string; port: number; ssrc: number; srtp?: string },
  ): Promise<ForwarderInfo>;
  stopForwarder(room: string, streamId: number): Promise<void>;
}

export interface BridgeParticipant {
  readonly id: string;
  readonly display: string;
  readonly muted: boolean;
  readonly talking: boolean;
  /** Whether its WebRTC connection is up. */
  readonly connected: boolean;
}

/** What Janus tells a participant unasked. */
export interface SeatEvents {
  /** Others joined, or their state changed. */
  readonly onParticipants: (changed: readonly BridgeParticipant[]) => void;
  readonly onLeaving: (id: string) => void;
  readonly onTalking: (id: string, talking: boolean) => void;
  /** The WebRTC connection of this seat came up. */
  readonly onWebrtcUp: () => void;
  /** Janus gets sound of this seat's, be it silence; or has got none for a second (its `no_media_timer`). */
  readonly onReceiving: (receiving: boolean) => void;
  /** The WebRTC connection of this seat went away. */
  readonly onHangup: (reason: string) => void;
  /** The seat is gone: kicked, room destroyed, or handle detached by Janus. */
  readonly onGone: (reason: string) => void;
  /** The connection to Janus broke; the participant may live on, and be claimed over another. */
  readonly onCut: (reason: string) => void;
}

/** One participant's handle. Every call throws {@link JanusError}. */
export interface AudioBridgeSeat extends Running {
  /** What {@link JanusConnection.claim} needs to find it. */
  readonly place: SeatPlace;
  /**
   * Joins and negotiates in one round trip; gives Janus's SDP answer and who else is there. Call it once: a seat
   * whose join failed is used up.
   */
  join(options: {
    room: string;
    id: string;
    display: string;
    muted: boolean;
    sdp: string;
    /** Put whoever has the id out first: the caller vouches that it is the same person. */
    instead?: boolean;
  }): Promise<{ sdp: string; participants: BridgeParticipant[] }>;
  /** `null` ends the candidates. */
  trickle(
    candidate: {
      candidate: string;
      sdpMid?: string | null | undefined;
      sdpMLineIndex?: number | null | undefined;
    } | null,
  ): Promise<void>;
  configure(change: { muted?: boolean; display?: string }): Promise<void>;
  participants(): Promise<BridgeParticipant[]>;
  /** Puts a participant out of the room; does nothing when there is no such. */
  putOut(id: string): Promise<void>;
  /** Forgets the seat without giving it up: somebody else has it, or will claim it. */
  abandon(): void;
  /** Leaves the room and gives handle and session back; as {@link Running.stop}. */
  stop(): Promise<void>;
}

export interface JanusOptions {
  /** Its WebSocket API. */
  readonly url: string;
  /** Empty: none is sent. */
  readonly apiSecret: string;
  /** The AudioBridge's admin_key; only room management needs it. */
  readonly adminKey?: string;
  /** Whether participants of rooms made here may come by plain RTP too. Default false. */
  readonly rtpParticipants?: boolean;
}

/** Opens a connection; rejects with {@link JanusError} when Janus cannot be reached in time. */
export type JanusConnector = (options: JanusOptions) => Promise<JanusConnection>;
