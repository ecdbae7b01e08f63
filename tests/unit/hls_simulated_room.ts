import type { PartFrames } from "../../src/contracts/room.ts";
import { FRAME_MS } from "../../src/contracts/media_clock.ts";
import { LiveStream } from "../../src/hls/live_stream.ts";
import type { PlaylistLive } from "../../src/hls/playlist.ts";

export const SILENCE = Uint8Array.of(0x21, 0);
export const SOUND = Uint8Array.of(0x22, 1, 2);

export const MSN = 1000;
export const ZERO = 1_700_000_000_000;

/** A broadcast whose clock and source are in the test's hand. Dispose of it, or its timer goes on. */
export class SimulatedRoom implements Disposable {
  readonly live: PlaylistLive;
  readonly stream: LiveStream;
  sounds = 0;
  readonly #given: Uint8Array<ArrayBuffer>[] = [];
  #frames: number;

  /** @param startFrames How long after its zero this mixer takes the broadcast up, in frames. */
  constructor(
    partFrames: PartFrames,
    options: { live?: number; startFrames?: number; onPart?: (lateMs: number) => void } = {},
  ) {
    const { live = 1, startFrames = 0, onPart = () => {} } = options;
    this.#frames = startFrames;
    this.live = {
      liveId: "live0001",
      live,
      startedAt: ZERO,
      mediaSequence: MSN,
      partFrames,
    };
    this.stream = new LiveStream({
      live: this.live,
      silence: SILENCE,
      // Half a frame on, where no rounding matters.
      now: () => ZERO + (this.#frames + 0.5) * FRAME_MS,
      source: () => this.#given.splice(0),
      onSound: () => this.sounds += 1,
      onPart,
    });
  }

  /** Lets time pass, with a frame of the source in each 21.33 ms or without. */
  pass(frames: number, sound: boolean): void {
    for (let i = 0; i < frames; i++) {
      this.#frames += 1;
      if (sound) this.#given.push(SOUND);
      this.stream.tick();
    }
  }

  /** The playlist as it is now. */
  async playlist(skip = false): Promise<string> {
    return await this.stream.playlist({ msn: null, part: null, skip });
  }

  [Symbol.dispose](): void {
    this.stream.stop();
  }
}
