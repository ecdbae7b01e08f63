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

/** How late (ms) an origin's parts may lastingly be: less than what a listener's player waits for. */
const LATE_MS = 100;
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
    const { roomId, live, url } = this.options;
    for (let tries = 0; tries < TRIES; tries++) {
      const { msn, part } = partPlace(live, number - this.#shift);
      const answer = await askOrigin(
        `${url}/hls/${roomId}/${partUri(live.liveId, msn, part)}`,
        signal,
      );
      if (answer.status === 200) {
        if (this.#isEarly(number) && this.#align(await this.#ask("", signal))) continue;
        return { piece: this.#piece(number, answer.body, sourceFrames(answer)) };
      }
      const position = await this.#ask("", signal);
      if (position.ended && position.next + this.#shift <= number) {
        return { end: position.next + this.#shift };
      }
      const missing = number - this.#shift - position.next;
      // It is another part's turn: wait for this one's, unless the mixer's clock is behind.
      if (missing > 0 && !this.#align(position)) {
        await this.#ask(`?_HLS_msn=${msn}&_HLS_part=${part}`, signal);
      } else if (missing < 0 && tries > 0) break;
    }
    throw new OriginFailure("room", "The mixer has not this part");
  }

  #isEarly(number: number): boolean {
    const { clock, live } = this.options;
    const due = clock.due(number);
    const now = performance.now();
    return due !== null && clock.trusted(now) && due - now > 1.5 * partMs(live);
  }

  /** Numbers the origin's parts anew when they are off. True when that changed something. */
  #align({ next, ended }: Position): boolean {
    const { clock, live, frontier } = this.options;
    const now = performance.now();
    const due = clock.due(next - 1 + this.#shift);
    if (due === null || ended) return false;
    if (!clock.trusted(now)) {
      const back = frontier() - next - this.#shift;
      if (back <= 1) return false;
      this.#shift += back;
      return true;
    }
    // The last part may have been there for as long as a part lasts.
    const late = now - due;
    if (late <= partMs(live) + 1.5 * LATE_MS && late >= -1.5 * partMs(live)) return false;
    const shift = Math.ceil((late - LATE_MS) / partMs(live));
    this.#shift += shift;
    return shift !== 0;
  }

  async #ask(query: string, signal: AbortSignal): Promise<Position> {
    const { roomId, live, url } = this.options;
    const answer = await askOrigin(`${url}/hls/${roomId}/${LIVE_URI}${query}`, signal);
    const text = answer.status === 200 ? new TextDecoder().decode(answer.body) : "";
    const position = readPosition(live, text);
    if (position !== null) return position;
    throw new OriginFailure("room", "The mixer does not serve this broadcast");
  }

  #piece(number: number, body: Uint8Array<ArrayBuffer>, frames: number): Piece {
    if (this.#shift === 0) return mediaPiece(body, frames);
    const sample = firstSample(this.options.live.partFrames, number);
    const renumbered = renumber(body, number + 1, sample);
    if (renumbered !== null) return mediaPiece(renumbered, frames);
    throw new OriginFailure("room", "The mixer's part is not one of ours");
  }
}
