/**
 * How many packets (20 ms each) a participant's audio is held back before it is mixed. Janus's default of 6 is
 * 120 ms of everybody's delay; 3 still covers a packet or two late on an ordinary connection.
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
  /** Participants come by WebRTC only. */
  allow_rtp_participants: false,
} as const;

/** The payload type on forwarded RTP; the mixer's SDP says the same. */
export const FORWARD_PAYLOAD_TYPE = 111;
