import { FailedRequest, type Fetched, type HlsClient } from "./hls_client.ts";
import { type Edge, edgeOf, isBefore, type MediaPlaylist } from "./media_playlist.ts";
import type { PlaylistPart, PlaylistSegment } from "./media_playlist.ts";
import { PartChecker } from "./part_checker.ts";

/** A part that came. */
export interface SeenPart extends Edge, Arrival {}

interface Arrival extends Fetched {
  /** When its last byte was here, in ms that never step. */
  readonly arrivedAt: number;
}

export interface CollectorOptions {
  readonly client: HlsClient;
  /** Told each rule that is broken. */
  readonly broken: (rule: string) => void;
  /** Whether segments are held against their parts. */
  readonly compareSegments: boolean;
}

/** Fetches the parts and segments that playlists list, each once and in order, and checks them. */
export class SegmentCollector {
  readonly parts: SeenPart[] = [];
  /** Parts asked for before they were listed. */
  readonly #coming = new Map<string, Promise<Arrival | FailedRequest>>();
  readonly #checkers = new Map<
    string,
    { readonly init: Uint8Array; readonly check: PartChecker }
  >();
  #edge: Edge = { msn: 0, part: 0 };
  #map: string | null = null;

  constructor(private readonly options: CollectorOptions) {}

  /** Begins after what a playlist lists. */
  async joinAt(playlist: MediaPlaylist): Promise<void> {
    this.#edge = edgeOf(playlist);
    const map = playlist.segments.at(-1)?.map ?? null;
    if (map !== null) await this.#checker(map);
  }

  /** Asks for a part that is not there yet. */
  prefetch(uri: string): void {
    if (this.#coming.has(uri)) return;
    const arrival = this.#fetch(uri).catch((err: unknown) =>
      err instanceof FailedRequest ? err : new FailedRequest(String(err))
    );
    this.#coming.set(uri, arrival);
  }

  /** Fetches what is new in a playlist. */
  async take(playlist: MediaPlaylist): Promise<SeenPart[]> {
    const taken: SeenPart[] = [];
    for (const segment of playlist.segments.filter(({ msn }) => msn >= this.#edge.msn)) {
      for (const [index, part] of segment.parts.entries()) {
        const place = { msn: segment.msn, part: index };
        if (isBefore(place, this.#edge)) continue;
        const seen = await this.#takePart(place, part, segment);
        if (seen) taken.push(seen);
        this.#edge = { ...place, part: index + 1 };
      }
      if (segment.uri !== null) {
        if (this.options.compareSegments) await this.#compare(segment, segment.uri);
        this.#edge = { msn: segment.msn + 1, part: 0 };
      }
    }
    this.#coming.clear();
    return taken;
  }

  /** The last parts seen, after their init segment. */
  media(count: number): Uint8Array<ArrayBuffer> {
    const init = this.#checkers.get(this.#map ?? "")?.init ?? new Uint8Array();
    return join([init, ...this.parts.slice(-count).map(({ bytes }) => bytes)]);
  }

  async #takePart(
    place: Edge,
    part: PlaylistPart,
    segment: PlaylistSegment,
  ): Promise<SeenPart | null> {
    const arrival = await this.#coming.get(part.uri) ?? await this.#fetch(part.uri);
    if (arrival instanceof FailedRequest) {
      this.#coming.delete(part.uri);
      throw arrival;
    }
    if (segment.map !== null) {
      const checker = await this.#checker(segment.map);
      for (const rule of checker.check(place, part, arrival.bytes)) this.options.broken(rule);
    }
    const seen = { ...place, ...arrival };
    this.parts.push(seen);
    return seen;
  }

  /** A segment is its parts, one after the other. */
  async #compare(segment: PlaylistSegment, uri: string): Promise<void> {
    const parts = this.parts.filter(({ msn }) => msn === segment.msn);
    if (segment.parts.length === 0 || parts.length !== segment.parts.length) return;
    const { bytes: whole } = await this.options.client.media(uri);
    const joined = join(parts.map(({ bytes }) => bytes));
    const same = whole.length === joined.length && whole.every((byte, i) => byte === joined[i]);
    if (!same) this.options.broken(`Segment ${segment.msn} is not its parts joined`);
  }

  async #checker(map: string): Promise<PartChecker> {
    this.#map = map;
    const known = this.#checkers.get(map);
    if (known) return known.check;
    const { bytes: init } = await this.options.client.media(map);
    const check = new PartChecker(init);
    this.#checkers.set(map, { init, check });
    return check;
  }

  async #fetch(uri: string): Promise<Arrival> {
    const fetched = await this.options.client.media(uri);
    return { ...fetched, arrivedAt: performance.now() };
  }
}

function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
