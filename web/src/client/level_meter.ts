/** The quietest sound (dBFS) that moves the needle. */
const FLOOR_DB = -60;

/**
 * Where the needle stands for a block of samples: 0 at −60 dBFS and below, 1 at full scale.
 *
 * @param samples In [−1, 1].
 */
export function levelOf(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const rms = Math.sqrt(sum / Math.max(1, samples.length));
  // A full-scale sine has an RMS of −3 dBFS and should reach the end of the scale.
  const db = 20 * Math.log10(Math.max(rms * Math.SQRT2, 1e-9));
  return Math.min(1, Math.max(0, 1 - db / FLOOR_DB));
}

/** The needle falls slower than it rises, as on a VU meter. `elapsedMs` is the time between the two. */
export function needle(previous: number, level: number, elapsedMs: number): number {
  return Math.max(level, previous - elapsedMs * 0.0012);
}

/** Measures a track's level without being heard. */
export class LevelMeter {
  readonly #context: AudioContext;
  readonly #analyser: AnalyserNode;
  readonly #samples: Float32Array<ArrayBuffer>;
  #source: MediaStreamAudioSourceNode | null = null;

  constructor() {
    this.#context = new AudioContext({ latencyHint: "interactive" });
    this.#analyser = this.#context.createAnalyser();
    this.#analyser.fftSize = 1024;
    this.#samples = new Float32Array(this.#analyser.fftSize);
  }

  /** Listens to this track from now on, or to none. */
  watch(track: MediaStreamTrack | null): void {
    this.#source?.disconnect();
    this.#source = null;
    if (track === null) return;
    this.#source = this.#context.createMediaStreamSource(new MediaStream([track]));
    this.#source.connect(this.#analyser);
    // Browsers suspend a context that began before the person touched the page.
    if (this.#context.state === "suspended") void this.#context.resume();
  }

  /** The level now, in [0, 1]. */
  read(): number {
    if (this.#source === null) return 0;
    this.#analyser.getFloatTimeDomainData(this.#samples);
    return levelOf(this.#samples);
  }

  async close(): Promise<void> {
    this.watch(null);
    if (this.#context.state !== "closed") await this.#context.close();
  }
}
