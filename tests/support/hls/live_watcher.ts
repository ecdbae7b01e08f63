import { checkPlaylist } from "./check_playlist.ts";
import { checkSuccession } from "./check_succession.ts";
import { FailedRequest, HlsClient } from "./hls_client.ts";
import { type Edge, edgeOf, isBefore, type MediaPlaylist } from "./media_playlist.ts";
import { LoopLag } from "./loop_lag.ts";
import { mergeDelta } from "./merge_delta.ts";
import { parseMediaPlaylist } from "./parse_media_playlist.ts";
import { type Playback, PlayerModel } from "./player_model.ts";
import { type SeenPart, SegmentCollector } from "./segment_collector.ts";

/** What a watcher saw. */
export interface WatchReport extends Playback {
  /** Rules of RFC 8216bis that were broken, each sentence once. */
  readonly brokenRules: readonly string[];
  /** Requests not answered with 200, which a player would have tried again. */
  readonly failedRequests: readonly string[];
  /** How many parts came. */
  readonly parts: number;
  /** The playlist said that nothing follows. */
  readonly ended: boolean;
}

export interface WatchOptions {
  /**
   * The room may move to another mixer: the segment in which it does may be other than its parts joined, for each
   * mixer fills what it did not hear with silence. Default false.
   */
  readonly mayMove?: boolean;
  /** False: a part is asked for once it is listed, as hls.js does, and not when it is hinted at. Default true. */
  readonly prefetch?: boolean;
}

/** How long (ms) it waits after a failed request. */
const RETRY_MS = 200;

/**
 * A strict LL-HLS client: follows a media playlist by blocking reloads, every second one a delta update, fetches
 * each part (the hinted one before it is listed) and each segment, checks all of it, and reckons what a player
 * would have met. Run it against any edge or origin:
 *
 *     const watcher = new LiveWatcher("http://127.0.0.1:8090/hls/my-room/live.m3u8");
 *     watcher.start();
 *     await watcher.until((part) => part.sourceFrames > 0);
 *     const { brokenRules, stalls } = await watcher.stop();
 */
export class LiveWatcher {
  readonly #abort = new AbortController();
  readonly #client: HlsClient;
  readonly #collector: SegmentCollector;
  readonly #broken = new Set<string>();
  readonly #failed: string[] = [];
  readonly #lag = new LoopLag();
  readonly #waiting = new Set<() => void>();
  #playlist: MediaPlaylist | null = null;
  #player: PlayerModel | null = null;
  #wantsDelta = false;
  /** When the playlist came, in ms that never step. */
  #playlistAt = 0;
  #over = false;
  #loop: Promise<void> | undefined;

  /** @param url The media playlist, without delivery directives. */
  constructor(url: string, private readonly options: WatchOptions = {}) {
    this.#client = new HlsClient(url, this.#abort.signal);
    this.#collector = new SegmentCollector({
      client: this.#client,
      broken: (rule) => this.#broken.add(rule),
      compareSegments: options.mayMove !== true,
    });
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  /** Stops watching. */
  async stop(): Promise<WatchReport> {
    this.#abort.abort();
    await this.#loop;
    return this.report();
  }

  /** What it has seen so far. */
  report(): WatchReport {
    return {
      ...this.#player?.playback ?? { stalls: 0, stalledMs: 0, longestGapMs: 0 },
      brokenRules: [...this.#broken],
      failedRequests: [...this.#failed],
      parts: this.#collector.parts.length,
      ended: this.#playlist?.ended ?? false,
    };
  }

  /** The parts seen, oldest first. */
  get parts(): readonly SeenPart[] {
    return this.#collector.parts;
  }

  /** The last parts seen, after their init segment: what a decoder takes. */
  media(count: number): Uint8Array<ArrayBuffer> {
    return this.#collector.media(count);
  }

  /**
   * Waits for a part, of those that come from now on, that satisfies `test`.
   *
   * @throws Error when the broadcast ends or the watcher stops before, or `limitMs` has passed.
   */
  async until(test: (part: SeenPart) => boolean, limitMs = 20_000): Promise<SeenPart> {
    const giveUpAt = performance.now() + limitMs;
    let at = this.parts.length;
    for (;;) {
      const found = this.parts.slice(at).find(test);
      if (found) return found;
      at = this.parts.length;
      if (this.#over || performance.now() > giveUpAt) {
        const why = [...this.#broken, ...this.#failed.slice(-5)].join("; ");
        throw new Error(`No such part came before the end of the watch. ${why}`);
      }
      await this.#next();
    }
  }

  /** Waits for `count` parts more. */
  async more(count: number): Promise<void> {
    const enough = this.parts.length + count;
    await this.until(() => this.parts.length >= enough);
  }

  /**
   * Waits for the end of the broadcast.
   *
   * @throws Error when the watcher stops before, or `limitMs` has passed.
   */
  async end(limitMs = 20_000): Promise<void> {
    const giveUpAt = performance.now() + limitMs;
    while (!this.#over && performance.now() < giveUpAt) await this.#next();
    if (!this.#playlist?.ended) throw new Error("The broadcast did not end");
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    this.#lag.start();
    while (!signal.aborted && !this.#playlist?.ended) {
      try {
        if (this.#playlist === null) await this.#join();
        else await this.#follow(this.#playlist);
      } catch (err) {
        if (signal.aborted) break;
        if (err instanceof FailedRequest) this.#failed.push(err.message);
        else this.#broken.add(String(err));
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
      this.#wake();
    }
    this.#lag.stop();
    this.#over = true;
    this.#wake();
  }

  async #join(): Promise<void> {
    const playlist = this.#checked(await this.#client.playlist());
    this.#player = new PlayerModel((playlist.serverControl?.partHoldBackS ?? 0) * 1000);
    this.#keep(playlist);
    await this.#collector.joinAt(playlist);
  }

  #keep(playlist: MediaPlaylist): void {
    this.#playlist = playlist;
    this.#playlistAt = performance.now();
  }

  /** A delta update may be asked for while the playlist is younger than half of the skip boundary (RFC 8216bis §6.3.7). */
  #isFresh({ serverControl }: MediaPlaylist): boolean {
    const boundaryMs = (serverControl?.canSkipUntilS ?? 0) * 1000;
    return performance.now() - this.#playlistAt < boundaryMs / 2;
  }

  /** One blocking reload, with the hinted part beside it, and the parts that are new in it. */
  async #follow(before: MediaPlaylist): Promise<void> {
    const asked = edgeOf(before);
    const skip = this.#wantsDelta && this.#isFresh(before) ? "&_HLS_skip=YES" : "";
    this.#wantsDelta = !this.#wantsDelta;
    const query = `?_HLS_msn=${asked.msn}&_HLS_part=${asked.part}${skip}`;
    const { prefetch = true } = this.options;
    if (prefetch && before.preloadHint !== null) this.#collector.prefetch(before.preloadHint);
    const after = mergeDelta(before, this.#checked(await this.#client.playlist(query)));
    for (const rule of checkSuccession(before, after)) this.#broken.add(rule);
    this.#checkAnswer(asked, after);
    this.#keep(after);
    const { partTargetS } = after;
    for (const part of await this.#collector.take(after)) {
      this.#player?.take(part.arrivedAt, (partTargetS ?? 0) * 1000, this.#lag.take());
      this.#wake();
    }
  }

  #checked(text: string): MediaPlaylist {
    const playlist = parseMediaPlaylist(text);
    for (const rule of checkPlaylist(playlist)) this.#broken.add(rule);
    return playlist;
  }

  #checkAnswer(asked: Edge, answer: MediaPlaylist): void {
    if (answer.ended || isBefore(asked, edgeOf(answer))) return;
    this.#broken.add(`A blocked request was answered without part ${asked.msn}.${asked.part}`);
  }

  #next(): Promise<void> {
    return new Promise((resolve) => this.#waiting.add(resolve));
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}
