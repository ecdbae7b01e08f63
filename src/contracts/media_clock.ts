/** Samples per second of everything from the mixer on. */
export const SAMPLE_RATE = 48_000;
/** Samples in an AAC frame (21.33 ms). */
export const FRAME_SAMPLES = 1024;
/** Frames in a segment (1066.67 ms). */
export const SEGMENT_FRAMES = 50;
/** Segments of silence that stand before a broadcast's zero, so that a player has a full buffer at once. */
export const PRE_ROLL_SEGMENTS = 3;
/** How long (ms) a frame lasts. Not a whole number: reckon in samples where it must be exact. */
export const FRAME_MS = FRAME_SAMPLES * 1000 / SAMPLE_RATE;
/** How long (ms) a segment lasts. Not a whole number: reckon in samples where it must be exact. */
export const SEGMENT_MS = SEGMENT_FRAMES * FRAME_MS;

const SAMPLES_PER_MS = SAMPLE_RATE / 1000;
const SEGMENT_SAMPLES = SEGMENT_FRAMES * FRAME_SAMPLES;

/** How many whole segments fit into a time. Exact for any Unix time in ms. */
export function segmentsIn(ms: number): number {
  return Math.floor(ms * SAMPLES_PER_MS / SEGMENT_SAMPLES);
}

/**
 * The media sequence number of the segment at a broadcast's zero: its wall time in segments, or more when the
 * room's earlier broadcast got further. Its pre-roll takes the {@link PRE_ROLL_SEGMENTS} numbers before it.
 *
 * @param startedAt The broadcast's zero, Unix time in ms.
 * @param least The least number that the broadcast may use, its pre-roll's numbers included.
 */
export function firstMediaSequence(startedAt: number, least: number): number {
  return Math.max(segmentsIn(startedAt), least + PRE_ROLL_SEGMENTS);
}

/**
 * The least media sequence number that a broadcast has surely not used at a time: one above that of the segment
 * after the one being made.
 *
 * @param now Unix time in ms; a time before the zero counts as the zero.
 */
export function nextMediaSequence(
  live: { readonly startedAt: number; readonly mediaSequence: number },
  now: number,
): number {
  return live.mediaSequence + segmentsIn(Math.max(0, now - live.startedAt)) + 2;
}
