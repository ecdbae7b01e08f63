import { SAMPLE_RATE } from "../contracts/media_clock.ts";
import type { TrackFormat } from "./mp4.ts";

/** How every room is encoded: AAC-LC, mono; bitrate in bits per second. Packager, silence and init segment rest on it. */
export const ENCODING = {
  sampleRate: SAMPLE_RATE,
  channels: 1,
  bitrate: 64_000,
} as const satisfies TrackFormat;
