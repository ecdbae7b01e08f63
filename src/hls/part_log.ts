import {
  FRAME_MS,
  FRAME_SAMPLES,
  PRE_ROLL_SEGMENTS,
  SEGMENT_FRAMES,
} from "../contracts/media_clock.ts";
import { fragment } from "./mp4.ts";

/** A part of a segment: a fragment of whole AAC frames. */
export interface Part {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** How many of its frames came from the source; the rest are silence. */
  readonly sourceFrames: number;
}

/** A segment of a broadcast. `msn` is its media sequence number. */
export interface Segment {
  readonly msn: number;
  readonly parts: readonly Part[];
  /** All its parts are there (fewer than usual in a broadcast's last segment). */
  readonly complete: boolean;
}

export interface PartLogOptions {
  /** Media sequence number of the segment that holds slot 0. */
  readonly mediaSequence: number;
  /** Frames in a part; divides the 50 in a segment. */
  readonly partFrames: number;
  /** The frame that stands for silence. */
  readonly silence: Uint8Array<ArrayBuffer>;
  /** How many complete segments are kept. */
  readonly keepSegments: number;
}

/**
 * The parts of one broadcast, built from slots as they are filled, oldest ones forgotten. Which part and segment
 * a slot belongs to is arithmetic on its index: slot 0 is at the broadcast's zero, the pre-roll lies before it.
 */
export class PartLog {
  readonly #segments: { msn: number; parts: Part[]; complete: boolean }[] = [];
  #frames: Uint8Array<ArrayBuffer>[] = [];
  #sourceFrames = 0;

  constructor(private readonly options: PartLogOptions) {}

  /** Segments held, oldest first; the last one may be incomplete. */
  get segments(): readonly Segment[] {
    return this.#segments;
  }

  segment(msn: number): Segment | null {
    const first = this.#segments[0];
    return first === undefined ? null : this.#segments[msn - first.msn] ?? null;
  }

  /**
   * Takes the next slot. Slots come in order without a hole.
   *
   * @returns True when this slot completed a part.
   */
  fill(index: number, frame: Uint8Array<ArrayBuffer> | null): boolean {
    const { partFrames, silence } = this.options;
    this.#frames.push(frame ?? silence);
    if (frame !== null) this.#sourceFrames += 1;
    if (this.#frames.length < partFrames) return false;
    this.#closePart(index + 1 - partFrames);
    return true;
  }

  /** How many slots are missing to the end of the part being built. */
  get missingInPart(): number {
    return this.#frames.length === 0 ? 0 : this.options.partFrames - this.#frames.length;
  }

  /** Ends the broadcast: the last segment is complete as it is. */
  end(): void {
    const last = this.#segments.at(-1);
    if (last) last.complete = true;
  }

  #closePart(firstSlot: number): void {
    const { mediaSequence, partFrames, keepSegments } = this.options;
    const segmentIndex = Math.floor(firstSlot / SEGMENT_FRAMES);
    const msn = mediaSequence + segmentIndex;
    let segment = this.#segments.at(-1);
    if (segment?.msn !== msn) {
      segment = { msn, parts: [], complete: false };
      this.#segments.push(segment);
    }
    const sinceZero = firstSlot + PRE_ROLL_SEGMENTS * SEGMENT_FRAMES;
    segment.parts.push({
      bytes: fragment(
        sinceZero / partFrames + 1,
        BigInt(sinceZero) * BigInt(FRAME_SAMPLES),
        this.#frames,
      ),
      sourceFrames: this.#sourceFrames,
    });
    this.#frames = [];
    this.#sourceFrames = 0;
    segment.complete = segment.parts.length === SEGMENT_FRAMES / partFrames;
    if (this.#segments.length > keepSegments + 1) this.#segments.shift();
  }
}

/** The Unix time (ms) at which a segment begins. */
export function segmentTime(
  live: { readonly startedAt: number; readonly mediaSequence: number },
  msn: number,
): number {
  return live.startedAt + (msn - live.mediaSequence) * SEGMENT_FRAMES * FRAME_MS;
}
