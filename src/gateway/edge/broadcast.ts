import { AppError } from "../../contracts/errors.ts";
import { type DeliveryDirectives, initUri, segmentUri } from "../../contracts/hls.ts";
import { ENCODING } from "../../hls/encoding.ts";
import { LISTED_SEGMENTS, listSegments } from "../../hls/listing.ts";
import { concat, initSegment } from "../../hls/mp4.ts";
import {
  partMs,
  partNumber,
  type PartPlace,
  partPlace,
  partsByWall,
  partsPerSegment,
} from "../../hls/part_place.ts";
import { mediaPlaylist } from "../../hls/playlist.ts";
import { count } from "../../platform/metrics.ts";
import { NoAnswer } from "./first_answer.ts";
import { BroadcastEnded, PartSource, type PartSourceOptions } from "./part_source.ts";
import { mediaPiece, type Piece, playlistPiece } from "./piece.ts";
import { askOrigin, OriginFailure } from "./upstream.ts";

/** How late (ms) a part may be before what this edge knows of how far the broadcast is counts as old. */
const LATE_MS = 250;

/**
 * One broadcast as this edge serves it. A playlist is arithmetic on the number of the next part, and that number only
 * grows: so playlists never go back, whichever mixer gives the parts, and whether one does.
 */
export class Broadcast {
  readonly #source: PartSource;
  /** The number of the first part that no playlist of ours lists; null: nobody was asked yet. */
  #next: number | null = null;
  /** When (ms, monotonic) that was last known to be so. */
  #knownAt = -Infinity;
  /** How many parts there are, once it is over. */
  #end: number | null = null;
  #advancing: Promise<void> | null = null;
  #locating: Promise<void> | null = null;
  readonly #written = new Map<string, Piece>();
  #init: Piece | null = null;

  constructor(private readonly options: Omit<PartSourceOptions, "frontier">) {
    this.#source = new PartSource({ ...options, frontier: () => this.#next ?? 0 });
  }

  /** For how long (ms) what is known of how far the broadcast is holds without a part that came. */
  get #staleMs(): number {
    return 2 * partMs(this.options.live) + LATE_MS;
  }

  /**
   * The media playlist, when it holds what the directives ask for.
   *
   * @throws AppError `invalid_params` for a media sequence number too far ahead.
   */
  async playlist({ msn, part, skip }: DeliveryDirectives): Promise<Piece> {
    const { live } = this.options;
    if (msn === null) {
      await this.#refresh(partMs(live), false);
    } else {
      await this.#refresh(this.#staleMs);
      const latest = partPlace(live, this.#next ?? 0).msn + 1;
      if (this.#end === null && msn > latest) {
        throw new AppError("invalid_params", `_HLS_msn is too far ahead: ${latest} is the last`);
      }
      const wanted = awaited(live, msn, part);
      while (this.#end === null && (this.#next ?? 0) <= wanted) await this.#advance();
    }
    // A playlist with nothing in it is none that a player takes.
    while (this.#end === null && (this.#next ?? 0) === 0) await this.#advance();
    return this.#write(skip, msn !== null);
  }

  /** @throws AppError `not_found` when there is none, and will be none soon. */
  async part(place: PartPlace): Promise<Piece> {
    const { live } = this.options;
    const number = partNumber(live, place);
    if (place.part >= partsPerSegment(live) || number < 0) throw noSuchPiece();
    if (this.#next === null || number > this.#next) await this.#refresh(this.#staleMs);
    if (
      number > this.#there + 1 || number >= (this.#end ?? Infinity) || this.#isForgotten(number)
    ) {
      throw noSuchPiece();
    }
    const piece = await this.#get(number);
    if (number >= (this.#next ?? 0)) this.#reached(number + 1);
    return piece;
  }

  /** @throws AppError `not_found` when there is none. */
  async segment(msn: number): Promise<Piece> {
    const { live, cache, roomId } = this.options;
    const first = partNumber(live, { msn, part: 0 });
    const after = first + partsPerSegment(live);
    if (this.#next === null || after > this.#next) await this.#refresh(this.#staleMs);
    const end = Math.min(after, this.#end ?? Infinity);
    if (end > this.#there || first >= end || this.#isForgotten(first)) throw noSuchPiece();
    const numbers = Array.from({ length: end - first }, (_, index) => first + index);
    const path = `/hls/${roomId}/${segmentUri(live.liveId, msn)}`;
    return await cache.get(path, async () => {
      const here = numbers.every((number) => cache.has(this.#source.path(number)));
      const whole = here || !this.#source.aligned ? null : await this.#file(path);
      if (whole) return mediaPiece(whole, null);
      const parts = await Promise.all(numbers.map((number) => this.#get(number)));
      return mediaPiece(concat(parts.map(({ body }) => body)), null);
    });
  }

  /** The init segment: a mixer's, or else the same one made here. */
  async init(): Promise<Piece> {
    if (this.#init !== null) return this.#init;
    const { live, roomId } = this.options;
    const body = await this.#file(`/hls/${roomId}/${initUri(live.liveId)}`);
    if (body !== null) return this.#init = mediaPiece(body, null);
    count("roomcast_edge_standins_total", { kind: "init" });
    return mediaPiece(initSegment(ENCODING), null);
  }

  /** A file as an origin has it, or null when none gives it in time. */
  async #file(path: string): Promise<Uint8Array<ArrayBuffer> | null> {
    const now = performance.now();
    try {
      const { value } = await this.#source.first(async ({ url }, signal) => {
        const answer = await askOrigin(`${url}${path}`, signal);
        if (answer.status === 200) return answer.body;
        throw new OriginFailure("room", "The mixer has not this file");
      }, { hedgeAt: now + 120, giveUpAt: now + 250 });
      return value;
    } catch (err) {
      if (err instanceof NoAnswer) return null;
      throw err;
    }
  }

  /** How many parts there are, or are due: another edge may have told of more than this one has been asked for. */
  get #there(): number {
    const due = this.#source.clock.nextAt(performance.now()) ?? 0;
    return Math.max(this.#next ?? 0, this.#end === null ? due : 0);
  }

  /** @throws AppError `not_found` when the broadcast ended before. */
  async #get(number: number): Promise<Piece> {
    try {
      return await this.#source.get(number);
    } catch (err) {
      if (!(err instanceof BroadcastEnded)) throw err;
      this.#ended(err.end);
      throw noSuchPiece();
    }
  }

  /** Gets the next part, so that it can be listed. All who want it wait for one. */
  #advance(): Promise<void> {
    return this.#advancing ??= this.#step().finally(() => this.#advancing = null);
  }

  async #step(): Promise<void> {
    const number = this.#next ?? 0;
    try {
      await this.#source.get(number);
      this.#reached(number + 1);
    } catch (err) {
      if (!(err instanceof BroadcastEnded)) throw err;
      this.#ended(err.end);
    }
  }

  /**
   * Learns how far the broadcast is, when that was last known longer ago than so many ms.
   *
   * @param playing Whoever asks names what comes next, so that they play already.
   */
  async #refresh(maxAgeMs: number, playing = true): Promise<void> {
    if (this.#end !== null) return;
    const age = performance.now() - this.#knownAt;
    // Of one that is over it is only to be learnt where it ended.
    const isOver = this.options.target()?.over !== null;
    if (!isOver && age < (this.#advancing === null ? maxAgeMs : this.#staleMs)) return;
    await (this.#locating ??= this.#locate(playing).finally(() => this.#locating = null));
  }

  async #locate(playing: boolean): Promise<void> {
    const { live, target } = this.options;
    const { clock } = this.#source;
    const position = await this.#source.locate(playing);
    if (position?.ended) return this.#ended(position.next);
    if (position) return this.#reached(position.next);
    const known = target();
    if (known === null) throw new AppError("room_over", "The broadcast is over");
    if (known.over !== null) {
      if (this.#next !== null) return this.#ended(this.#next);
      throw new AppError("unavailable", "The broadcast's last mixer is away", { retryAfterS: 1 });
    }
    const now = performance.now();
    if (!clock.set) clock.guess(partsByWall(live, Date.now()) - 1, now);
    count("roomcast_edge_standins_total", { kind: "playlist" });
    this.#reached(clock.nextAt(now) ?? 0);
  }

  /** Reaching a part that was due long ago says little of how far the broadcast is now. */
  #reached(next: number): void {
    const now = performance.now();
    this.#knownAt = Math.min(now, this.#source.clock.due(next - 1) ?? now);
    if (next <= (this.#next ?? -1)) return;
    this.#next = next;
    this.#written.clear();
  }

  #ended(end: number): void {
    if (this.#end !== null) return;
    this.#reached(end);
    this.#end = Math.max(end, this.#next ?? end);
    this.#written.clear();
  }

  /** Whether the part left the playlist so long ago that nobody may ask for it (RFC 8216bis §6.2.2). */
  #isForgotten(number: number): boolean {
    return number <
      (this.#next ?? 0) - 2 * (LISTED_SEGMENTS + 1) * partsPerSegment(this.options.live);
  }

  #write(skip: boolean, blocking: boolean): Piece {
    const key = `${skip} ${blocking}`;
    const known = this.#written.get(key);
    if (known) return known;
    const { live } = this.options;
    const ended = this.#end !== null;
    const segments = listSegments(live, this.#next ?? 0, ended);
    const piece = playlistPiece(mediaPlaylist({ live, segments, ended, skip }), blocking);
    this.#written.set(key, piece);
    return piece;
  }
}

/**
 * The number of the last part that an answer must hold. Without a part the whole segment is meant, and a part past the
 * segment's last one is the first of the next (RFC 8216bis §6.2.5.2).
 */
function awaited(live: PartSourceOptions["live"], msn: number, part: number | null): number {
  const perSegment = partsPerSegment(live);
  if (part === null) return partNumber(live, { msn, part: perSegment - 1 });
  return partNumber(live, { msn, part: Math.min(part, perSegment) });
}

function noSuchPiece(): AppError {
  return new AppError("not_found", "This piece of the broadcast is gone, or not there yet");
}
