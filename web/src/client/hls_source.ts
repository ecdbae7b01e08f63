import type { default as HlsPlayer, ErrorData, HlsConfig } from "hls.js";
import { ClientError } from "./client_error.ts";
import { LivePace } from "./live_pace.ts";
import type { LiveSource, SourceEvents } from "./live_source.ts";

/** Tries of a dead network in a row, and of a decoder, before it counts as broken. */
const MAX_MEDIA_RECOVERIES = 4;
/** Between tries of a dead network (ms). */
const NETWORK_PAUSE_MS = 1000;

/** Farther behind than this (s), after a sleep or an outage, it jumps instead of catching up. */
const JUMP_S = 2;

/** Standing still for so long (ms) with this much (s) listed and not loaded, it begins anew at live. */
const STUCK_MS = 400;
const STUCK_S = 1;

/** A player that stands still for so long (ms) after the list's end has played all it will. */
const END_STILL_MS = 800;

/** Every request may be tried again soon: a live playlist is of no use when it is late. */
const quick = (maxNumRetry: number) => ({
  default: {
    maxTimeToFirstByteMs: 8000,
    maxLoadTimeMs: 12_000,
    timeoutRetry: { maxNumRetry: 2, retryDelayMs: 0, maxRetryDelayMs: 0 },
    errorRetry: { maxNumRetry, retryDelayMs: 250, maxRetryDelayMs: 2000 },
  },
});

/** Live means near live: how hls.js is set up, and why. */
export const HLS_CONFIG: Partial<HlsConfig> = {
  lowLatencyMode: true,
  // Its own catch-up needs more than a second of buffer, which nobody near live has: see LivePace.
  maxLiveSyncPlaybackRate: 1,
  liveSyncOnStallIncrease: 0,
  // fMP4 needs no transmuxing, and a worker would start slower than it would help.
  enableWorker: false,
  // Never: when it clears what was played while a part is being appended, it takes that part for lost and stops
  // loading until the playlist has forgotten it, some 3 s. The browser makes room by itself.
  backBufferLength: Infinity,
  maxBufferLength: 10,
  // Nudge a stalled element soon: a tenth of a second of missing sound beats a stall.
  highBufferWatchdogPeriod: 1,
  startFragPrefetch: true,
  testBandwidth: false,
  manifestLoadPolicy: quick(2),
  playlistLoadPolicy: quick(6),
  fragLoadPolicy: quick(6),
};

/** Plays through hls.js and Media Source Extensions. */
export class HlsSource implements LiveSource {
  readonly #pace = new LivePace();
  #recoveries = 0;
  #position = 0;
  #movedAt = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;

  private constructor(
    readonly hls: HlsPlayer,
    private readonly audio: HTMLAudioElement,
    private readonly events: SourceEvents,
  ) {}

  /** Loads hls.js; null when this browser cannot use it. */
  static async open(url: string, audio: HTMLAudioElement, events: SourceEvents) {
    const { default: Hls } = await import("hls.js");
    if (!Hls.isSupported()) return null;
    const source = new HlsSource(new Hls(HLS_CONFIG), audio, events);
    source.hls.on(Hls.Events.ERROR, (_event, data) => source.#failed(data));
    source.hls.on(Hls.Events.FRAG_BUFFERED, () => source.#recoveries = 0);
    audio.addEventListener("ended", events.onEnded);
    source.hls.loadSource(url);
    source.hls.attachMedia(audio);
    return source;
  }

  latency(): number | null {
    return this.hls.latestLevelDetails === null ? null : this.hls.latency;
  }

  goLive(): void {
    const { liveSyncPosition } = this.hls;
    if (liveSyncPosition === null) return;
    if (liveSyncPosition > this.audio.currentTime) this.audio.currentTime = liveSyncPosition;
  }

  tick(): void {
    this.#watchProgress();
    const target = this.hls.targetLatency;
    const latency = this.latency();
    if (target === null || latency === null || this.audio.paused) return;
    // Without parts, a whole segment may be all that is loaded: it keeps to its pace, like old players.
    if (this.hls.latestLevelDetails?.partList == null) return;
    if (latency > target + this.#pace.slack + JUMP_S) this.goLive();
    const rate = this.#pace.rate({ latency, target, buffered: this.#ahead() }, performance.now());
    if (this.audio.playbackRate !== rate) this.audio.playbackRate = rate;
  }

  destroy(): void {
    clearTimeout(this.#retry);
    this.audio.removeEventListener("ended", this.events.onEnded);
    this.hls.destroy();
    this.audio.playbackRate = 1;
  }

  /** Sees to it that standing still is never for long: at the list's end it is the end, before it a fault. */
  #watchProgress(): void {
    const { currentTime, paused } = this.audio;
    const listed = this.hls.latestLevelDetails;
    const now = performance.now();
    if (listed === null || paused || currentTime !== this.#position) {
      this.#position = currentTime;
      this.#movedAt = now;
      return;
    }
    const stillMs = now - this.#movedAt;
    if (!listed.live) {
      // hls.js may leave the last parts unloaded.
      if (stillMs > END_STILL_MS) this.events.onEnded();
    } else if (stillMs > STUCK_MS && listed.edge - currentTime - this.#ahead() > STUCK_S) {
      this.#movedAt = now;
      this.goLive();
    }
  }

  #ahead(): number {
    const { buffered, currentTime } = this.audio;
    return buffered.length === 0 ? 0 : buffered.end(buffered.length - 1) - currentTime;
  }

  #failed(data: ErrorData): void {
    if (data.details === "bufferStalledError") this.#pace.stalled(performance.now());
    const status = data.response?.code;
    if (data.fatal && (status === 403 || status === 404 || status === 410)) {
      return this.events.onGone();
    }
    if (!data.fatal) return;
    if (data.type === "networkError") return this.#retryNetwork();
    if (data.type === "mediaError" && ++this.#recoveries <= MAX_MEDIA_RECOVERIES) {
      return this.hls.recoverMediaError();
    }
    this.events.onFailed(new ClientError("cannot_play", data.details));
  }

  /** The network may be back at any moment: never give up by ourselves. */
  #retryNetwork(): void {
    clearTimeout(this.#retry);
    const { url } = this.hls;
    this.#retry = setTimeout(() => {
      if (this.hls.levels.length > 0) this.hls.startLoad();
      else if (url !== null) this.hls.loadSource(url);
    }, NETWORK_PAUSE_MS);
  }
}
