import { ClientError } from "./client_error.ts";
import type { LiveSource, SourceEvents } from "./live_source.ts";

/** Between tries of a playlist that failed (ms). */
const RETRY_MS = 1500;
const MAX_TRIES = 20;

/** Plays through the browser's own HLS player, as on iPhones without Media Source Extensions. */
export class NativeSource implements LiveSource {
  #tries = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly url: string,
    private readonly audio: HTMLAudioElement,
    private readonly events: SourceEvents,
  ) {
    audio.addEventListener("ended", events.onEnded);
    audio.addEventListener("error", this.#failed);
    audio.addEventListener("playing", this.#playing);
    audio.src = url;
  }

  static supported(audio: HTMLAudioElement): boolean {
    return audio.canPlayType("application/vnd.apple.mpegurl") !== "";
  }

  /** By the dates of the playlist, which only Safari hands out. */
  latency(): number | null {
    const start = startDate(this.audio);
    if (start === null) return null;
    return Math.max(0, (Date.now() - start) / 1000 - this.audio.currentTime);
  }

  goLive(): void {
    const { seekable } = this.audio;
    if (seekable.length > 0) this.audio.currentTime = seekable.end(seekable.length - 1);
  }

  tick(): void {
    // The browser's player keeps itself near live.
  }

  destroy(): void {
    clearTimeout(this.#retry);
    this.audio.removeEventListener("ended", this.events.onEnded);
    this.audio.removeEventListener("error", this.#failed);
    this.audio.removeEventListener("playing", this.#playing);
    this.audio.removeAttribute("src");
    this.audio.load();
  }

  readonly #playing = () => {
    this.#tries = 0;
  };

  readonly #failed = () => {
    if (++this.#tries > MAX_TRIES) {
      return this.events.onFailed(new ClientError("cannot_play", this.audio.error?.message ?? ""));
    }
    this.events.onGone();
    this.#retry = setTimeout(() => {
      this.audio.src = this.url;
      this.audio.play().catch(() => {});
    }, RETRY_MS);
  };
}

/** Unix time in ms of the media's zero, where the browser tells it. */
function startDate(audio: HTMLAudioElement): number | null {
  if (!("getStartDate" in audio) || typeof audio.getStartDate !== "function") return null;
  const date: unknown = audio.getStartDate();
  const at = date instanceof Date ? date.getTime() : NaN;
  return Number.isFinite(at) ? at : null;
}
