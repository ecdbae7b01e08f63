import { sleep } from "../../../src/platform/backoff.ts";
import { asClientError, ClientError } from "./client_error.ts";
import { HlsSource } from "./hls_source.ts";
import { problemOf } from "./http.ts";
import type { ListenState } from "./listen_state.ts";
import type { LiveSource, SourceEvents } from "./live_source.ts";
import { NativeSource } from "./native_source.ts";
import type { RoomApi } from "./room_api.ts";
import { silentWav } from "./silence.ts";

export interface ListenPlayerOptions {
  readonly roomId: string;
  readonly audio: HTMLAudioElement;
  readonly rooms: RoomApi;
  /** The playlist's address. */
  readonly url: string;
  readonly onChange: (state: ListenState) => void;
}

/** How often (ms) the room is looked at while it is not live, and while it is live without a playlist. */
const IDLE_POLL_MS = 2000;
const LIVE_POLL_MS = 300;
/** How often (ms) the source may correct its distance from live. */
const TICK_MS = 200;
/** What waiting does not mend. */
const FINAL = new Set<string>(["room_not_found", "link_required", "link_wrong", "link_expired"]);
/** How long (ms) after a broadcast the page still plays the next one by itself. */
const ENCORE_MS = 10 * 60_000;

/** Plays a room: waits for it, starts by itself, stays near live, and says how it stands. */
export class ListenPlayer {
  readonly #options: ListenPlayerOptions;
  #state: ListenState = { status: "idle", error: null };
  #source: LiveSource | null = null;
  readonly #ticker: ReturnType<typeof setInterval>;
  #run = new AbortController();
  #heard = false;
  #silence: string | null = null;

  constructor(options: ListenPlayerOptions) {
    this.#options = options;
    const { audio } = options;
    audio.addEventListener("playing", () => this.#sounding());
    audio.addEventListener("waiting", () => {
      if (this.#state.status === "live") this.#enter("stalled");
    });
    audio.addEventListener("pause", () => {
      // Headphones pulled out, or a key on the keyboard; an end is not a pause.
      if (!audio.ended && this.#state.status === "live") this.pause();
    });
    this.#ticker = setInterval(() => this.#source?.tick(), TICK_MS);
  }

  get state(): ListenState {
    return this.#state;
  }

  /** The hls.js player, where one is in use. */
  get hls() {
    return this.#source instanceof HlsSource ? this.#source.hls : null;
  }

  /** How far behind live it plays, in seconds; null while that is unknown. */
  latency(): number | null {
    return this.#source?.latency() ?? null;
  }

  /**
   * Plays as soon as there is something to play. Call it in the person's tap.
   *
   * @param live What is known of the room: false spares a request that would find nothing.
   */
  play(live: boolean): void {
    const signal = this.#newRun();
    this.#heard = false;
    this.#unlock();
    if (live) void this.#open(signal);
    else void this.#wait(signal, Infinity);
  }

  pause(): void {
    this.#newRun();
    this.#enter("paused");
    this.#options.audio.pause();
  }

  close(): void {
    this.#newRun();
    clearInterval(this.#ticker);
  }

  goLive(): void {
    this.#source?.goLive();
  }

  /** A tap allows one element to play: let it play silence until the broadcast is there. */
  #unlock(): void {
    const { audio } = this.#options;
    this.#silence ??= URL.createObjectURL(silentWav(1));
    audio.src = this.#silence;
    audio.loop = true;
    audio.play().catch(() => {});
  }

  async #open(signal: AbortSignal): Promise<void> {
    this.#enter("loading");
    const { audio, url } = this.#options;
    const events: SourceEvents = {
      onEnded: () => {
        if (!signal.aborted && !audio.loop) void this.#over();
      },
      onGone: () => {
        if (!signal.aborted) void this.#gone();
      },
      onFailed: (error) => {
        if (!signal.aborted) this.#fail(error);
      },
    };
    try {
      const source = await HlsSource.open(url, audio, events) ?? openNative(url, audio, events);
      if (signal.aborted) return source?.destroy();
      if (source === null) return this.#fail(new ClientError("cannot_play"));
      this.#source = source;
      audio.loop = false;
      await audio.play();
    } catch (thrown) {
      if (signal.aborted) return;
      const name = thrown instanceof DOMException ? thrown.name : "";
      // The browser wants a tap, or a new source came between: neither is a failure.
      if (name === "NotAllowedError") return this.#stop("idle");
      if (name !== "AbortError") this.#fail(asClientError(thrown));
    }
  }

  async #gone(): Promise<void> {
    const signal = this.#newRun();
    await this.#wait(signal, this.#heard ? ENCORE_MS : Infinity);
  }

  async #over(): Promise<void> {
    const signal = this.#newRun();
    this.#enter("over");
    await this.#wait(signal, ENCORE_MS);
  }

  /** Waits until the room is live, and plays it. */
  async #wait(signal: AbortSignal, forMs: number): Promise<void> {
    const until = Date.now() + forMs;
    while (!signal.aborted && Date.now() < until) {
      let pauseMs = IDLE_POLL_MS;
      try {
        const room = await this.#options.rooms.get(this.#options.roomId, signal);
        if (room.live !== null) {
          this.#enter("loading");
          if (await this.#playlistExists(signal)) return await this.#open(signal);
          pauseMs = LIVE_POLL_MS;
        } else {
          this.#enter(this.#heard ? "over" : "waiting");
        }
      } catch (thrown) {
        if (signal.aborted) return;
        const error = asClientError(thrown);
        if (FINAL.has(error.code)) return this.#fail(error);
      }
      await sleep(pauseMs, signal).catch(() => {});
    }
  }

  async #playlistExists(signal: AbortSignal): Promise<boolean> {
    const response = await fetch(this.#options.url, { signal, cache: "no-store" });
    if (response.status === 403) throw problemOf(response, await response.json());
    await response.body?.cancel();
    return response.ok;
  }

  #sounding(): void {
    if (this.#source === null || this.#options.audio.loop) return;
    this.#heard = true;
    this.#enter("live");
  }

  #fail(error: ClientError): void {
    this.#newRun();
    this.#state = { status: "failed", error };
    this.#options.onChange(this.#state);
  }

  #stop(status: "idle"): void {
    this.#newRun();
    this.#enter(status);
  }

  #newRun(): AbortSignal {
    this.#run.abort();
    this.#run = new AbortController();
    this.#source?.destroy();
    this.#source = null;
    return this.#run.signal;
  }

  #enter(status: ListenState["status"]): void {
    if (this.#state.status === status) return;
    this.#state = { status, error: null };
    this.#options.onChange(this.#state);
  }
}

function openNative(url: string, audio: HTMLAudioElement, events: SourceEvents) {
  return NativeSource.supported(audio) ? new NativeSource(url, audio, events) : null;
}
