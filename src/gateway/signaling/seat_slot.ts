import { AppError } from "../../contracts/errors.ts";
import type { Attachment } from "./attachment.ts";
import type { Member } from "./member.ts";
import type { SeatFate } from "./seat_keeper.ts";

/** What each phase of a slot means. */
export const SLOT_PHASES = {
  empty: "The connection has no seat.",
  joining: "A seat is being taken; what concerns it waits its turn.",
  seated: "The connection has a seat.",
  leaving: "The seat is being given back by the page's wish.",
  closed: "The connection is over; no seat is given any more.",
} as const;
type SlotPhase = keyof typeof SLOT_PHASES;

/**
 * The one seat that a connection may have. What concerns the seat happens in the order it was asked for: an ICE
 * candidate that comes while `join` is under way waits until the seat is there.
 */
export class SeatSlot {
  readonly #abort = new AbortController();
  #phase: SlotPhase = "empty";
  #page: Attachment | null = null;
  /** The page's hold on a seat that it lost, and may have again. */
  #lost: Attachment | null = null;
  #lane: Promise<unknown> = Promise.resolve();

  /** @param giveUp What to do with the seat when the connection does without it. */
  constructor(private readonly giveUp: (page: Attachment, fate: SeatFate) => Promise<void>) {}

  /** False only when there is no seat and none is on its way. */
  get taken(): boolean {
    return this.#phase === "joining" || this.#phase === "seated";
  }

  /**
   * Takes a seat with `open`, whose signal is aborted when the connection ends first.
   *
   * @param again The seat that the page wants anew: having it already is no reason to refuse.
   * @throws AppError `already_joined`, or what `open` throws.
   */
  async join<T>(
    open: (signal: AbortSignal) => Promise<{ page: Attachment; result: T }>,
    again?: string,
  ): Promise<T> {
    if (this.#phase === "closed") throw new AppError("unavailable", "The connection is over");
    const own = this.#phase === "seated" && this.#page?.member.participant.id === again;
    if (this.taken && !own) throw new AppError("already_joined", "Leave the room you are in first");
    this.#phase = "joining";
    return await this.#inLane(async () => {
      try {
        const { page, result } = await open(this.#abort.signal);
        this.#sit(page);
        return result;
      } catch (err) {
        if (this.#phase === "joining") this.#phase = "empty";
        throw err;
      }
    });
  }

  /** Does something with the seat, in turn. @throws AppError `not_joined`, or what `use` throws. */
  async use<T>(use: (member: Member) => Promise<T>): Promise<T> {
    this.assertTaken();
    return await this.#inLane(() => {
      if (this.#page === null) throw notJoined();
      return use(this.#page.member);
    });
  }

  /** @throws AppError `not_joined` */
  assertTaken(): void {
    if (!this.taken) throw notJoined();
  }

  /** Gives the seat back, in turn, also one that was lost a moment ago. @throws AppError `not_joined` */
  async leave(): Promise<void> {
    if (this.#lost === null) this.assertTaken();
    const left = this.#inLane(() => this.#give("end"));
    if (this.#phase === "seated") this.#phase = "leaving";
    await left;
  }

  /** Does without the seat, also one that is on its way, and takes none any more. */
  async close(fate: SeatFate): Promise<void> {
    this.#phase = "closed";
    this.#abort.abort(new AppError("unavailable", "The connection is over"));
    await this.#inLane(() => this.#give(fate));
  }

  async #give(fate: SeatFate): Promise<void> {
    const page = this.#page ?? this.#lost;
    this.#lost = null;
    if (page !== null) await this.giveUp(page, fate);
  }

  #sit(page: Attachment): void {
    this.#page = page;
    this.#lost = null;
    if (this.#phase === "joining") this.#phase = "seated";
    void page.ended.then(() => this.#vacate(page));
  }

  #vacate(page: Attachment): void {
    if (this.#page !== page) return;
    this.#page = null;
    this.#lost = page.member.phase === "vacant" ? page : null;
    if (this.#phase === "seated" || this.#phase === "leaving") this.#phase = "empty";
  }

  #inLane<T>(task: () => Promise<T>): Promise<T> {
    const run = this.#lane.then(task);
    this.#lane = run.catch(() => {});
    return run;
  }
}

function notJoined(): AppError {
  return new AppError("not_joined", "Join a room first");
}
