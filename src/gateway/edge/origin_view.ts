import { LIVE_URI, partUri } from "../../contracts/hls.ts";
import type { RoomId } from "../../contracts/ids.ts";
import { renumber } from "../../hls/mp4.ts";
import { partMs, partPlace } from "../../hls/part_place.ts";
import type { PlaylistLive } from "../../hls/playlist.ts";
import { firstSample } from "../../hls/silent_part.ts";
import { mediaPiece, type Piece } from "./piece.ts";
import { type Position, readPosition } from "./position.ts";
import type { RoomClock } from "./room_clock.ts";
import { askOrigin, OriginFailure, sourceFrames } from "./upstream.ts";

/** What came of asking for a part: the part, or that the broadcast has so many parts only. */
export type Got = { readonly piece: Piece } | { readonly end: number };

export interface ViewOptions {
  readonly roomId: RoomId;
  readonly live: PlaylistLive;
  /** Base URL of the origin. */
  readonly url: string;
  readonly clock: RoomClock;
  /** The number of the first part that nobody was told of yet. */
  readonly frontier: () => number;
}

/** How late (ms) an origin's parts may lastingly be before they are numbered anew, and how late they are then. */
const LATE_MS = { borne: 120, left: 30 } as const;
/** What a measurement may be off by (ms). */
const TOLERANCE_MS = 20;
/**
 * A part that comes before it is due by more than this share of a part makes one look how far its origin is. One that was
 * numbered anew comes up to a part early.
 */
const EARLY = { aligned: 0.5, shifted: 2 } as const;
/** How long (ms) an origin may take to show how late it is. */
const MEASURE_MS = 1500;
/** How often (ms) an origin that was numbered anew is looked at again: it may have been late for a while only. */
const AGAIN_MS = 5000;
/** How many tries to get a part from an origin that has another part next. */
const TRIES = 4;

/**
 * A broadcast as one origin has it. Mixers number the parts of a broadcast by their wall clocks; one whose clock is off by
 * more than a player can bear would end or jump the playlist when it takes over. Its parts are given other numbers here,
 * those that are due when it makes them.
 */
export class OriginView {
  /** What is added to this origin's part numbers. */
  #shift = 0;
  #measuring = false;
  #measuredAt = 0;

  constructor(private readonly options: ViewOptions) {}

  get shift(): number {
    return this.#shift;
  }

  /**
   * How far the broadcast is here.
   *
   * @throws OriginFailure
   */
  async position(signal: AbortSignal): Promise<Position> {
    const position = await this.#ask("", signal);
    this.#align(position);
    return { ...position, next: position.next + this.#shift };
  }

  /**
   * A part, once it is there.
   *
   * @throws OriginFailure when it is not, and is not coming.
   */
  async part(number: number, signal: AbortSignal): Promise<Got> {
    try {
      return await this.#part(number, signal);
    } catch (err) {
      if (signal.aborted) void this.#measure();
      throw err;
    }
  }

  async #part(number: number, signal: AbortSignal): Promise<Got> {
    const { roomId, live, url } = this.options;
    for (let tries = 0; tries < TRIES; tries++) {
      // The origin may be numbered anew while it is asked: an answer has the number that was asked for.
      const shift = this.#shift;
      const { msn, part } = partPlace(live, number - shift);
      const answer = await askOrigin(
        `${url}/hls/${roomId}/${partUri(live.liveId, msn, part)}`,
        signal,
      );
      if (answer.status === 200) {
        if (this.#isEarly(number) && this.#align(await this.#ask("", signal))) continue;
        return { piece: this.#piece(number, shift, answer.body, sourceFrames(answer)) };
      }
      const position = await this.#ask("", signal);
      if (position.ended && position.next + this.#shift <= number) {
        return { end: position.next + this.#shift };
      }
      if (shift !== this.#shift) continue;
      const missing = number - shift - position.next;
      // It is another part's turn: wait for this one's, unless the mixer's clock is behind.
      if (missing > 0 && !this.#align(position)) {
        await this.#ask(`?_HLS_msn=${msn}&_HLS_part=${part}`, signal);
      } else if (missing < 0 && tries > 0) break;
    }
    throw new OriginFailure("room", "The mixer has not this part");
  }

  /** Finds out how late the origin is, by the moment at which it makes a part, and numbers its parts by that. */
  async #measure(): Promise<void> {
    if (this.#measuring) return;
    this.#measuring = true;
    this.#measuredAt = performance.now();
    const { clock, live } = this.options;
    try {
      const signal = AbortSignal.timeout(MEASURE_MS);
      const { next, ended } = await this.#ask("", signal);
      const { msn, part } = partPlace(live, next);
      if (ended) return;
      await this.#ask(`?_HLS_msn=${msn}&_HLS_part=${part}`, signal);
      const now = performance.now();
      const late = now - (clock.due(next + this.#shift) ?? now);
      const early = late < LATE_MS.left - partMs(live) - TOLERANCE_MS;
      if (clock.trusted(now) && (late > LATE_MS.borne || early)) this.#delay(late);
    } catch (err) {
      if (!(err instanceof OriginFailure)) throw err;
    } finally {
      this.#measuring = false;
    }
  }

  #delay(lateMs: number): boolean {
    const shift = Math.ceil((lateMs - LATE_MS.left) / partMs(this.options.live));
    this.#shift += shift;
    return shift !== 0;
  }

  #isEarly(number: number): boolean {
    const { clock, live } = this.options;
    const due = clock.due(number);
    const now = performance.now();
    const limit = partMs(live) * (this.#shift === 0 ? EARLY.aligned : EARLY.shifted);
    return due !== null && clock.trusted(now) && due - now > limit;
  }

  /** Numbers the origin's parts anew when they are off. True when that changed something. */
  #align({ next, ended }: Position): boolean {
    const { clock, live, frontier } = this.options;
    const now = performance.now();
    const due = clock.due(next - 1 + this.#shift);
    if (due === null || ended) return false;
    if (!clock.trusted(now)) {
      const before = this.#shift;
      // A mixer whose clock was wrong when somebody last listened may be right by now.
      if (clock.idle(now)) this.#shift = 0;
      const back = frontier() - next - this.#shift;
      if (back > 1) this.#shift += back;
      return this.#shift !== before;
    }
    // The last part may have been there for as long as a part lasts.
    const late = now - due;
    if (late <= partMs(live) + LATE_MS.borne && late >= -partMs(live)) return false;
    return this.#delay(late);
  }

  async #ask(query: string, signal: AbortSignal): Promise<Position> {
    const { roomId, live, url } = this.options;
    const answer = await askOrigin(`${url}/hls/${roomId}/${LIVE_URI}${query}`, signal);
    const text = answer.status === 200 ? new TextDecoder().decode(answer.body) : "";
    const position = readPosition(live, text);
    if (position !== null) return position;
    throw new OriginFailure("room", "The mixer does not serve this broadcast");
  }

  /** @param shift What was added to the origin's number when it was asked. */
  #piece(number: number, shift: number, body: Uint8Array<ArrayBuffer>, frames: number): Piece {
    if (shift === 0) return mediaPiece(body, frames);
    if (performance.now() - this.#measuredAt > AGAIN_MS) void this.#measure();
    const sample = firstSample(this.options.live.partFrames, number);
    const renumbered = renumber(body, number + 1, sample);
    if (renumbered !== null) return mediaPiece(renumbered, frames);
    throw new OriginFailure("room", "The mixer's part is not one of ours");
  }
}
