/**
 * How many packets (20 ms each) a participant's audio is held back before it is mixed. Measured on Janus 1.1.2, from
 * RTP in to forwarded RTP out: 2 → 30 ms, 3 → 55 ms, 4 → 85 ms, 6 (its default) → 130 ms. With 20 ms of jitter 3
 * loses as little as 6; with 50 ms every one of them loses about a tenth.
 */
export const PREBUFFER_PACKETS = 3;

/** What every AudioBridge room is created with (audiobridge.c, "create"). */
export const ROOM_OPTIONS = {
  /** FFmpeg and browsers run at 48 kHz; the default of 16 kHz would cut everything above 8 kHz. */
  sampling_rate: 48_000,
  default_prebuffering: PREBUFFER_PACKETS,
  audiolevel_ext: true,
  audiolevel_event: true,
  /** Packets over which the level is averaged: 25 × 20 ms tell of a talker after half a second. */
  audio_active_packets: 25,
  /** Talking is louder than this: 127 is silence, 0 is as loud as can be (RFC 6464). */
  audio_level_average: 50,
} as const;

/** The payload type on forwarded RTP; the mixer's SDP says the same. */
export const FORWARD_PAYLOAD_TYPE = 111;
