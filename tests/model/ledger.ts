/** What a caller asked of a room. */
export type Ask = "create" | "start" | "stop" | "delete";

/** How a room stands for its callers. */
export type Stand = "absent" | "idle" | "live";

/** How it stands after a call that was said to have been carried out. */
const OUTCOME: Record<Ask, Stand> = {
  create: "idle",
  start: "live",
  stop: "idle",
  delete: "absent",
};

/** A call that nobody answered may still take effect for so long (ms). */
const DOUBT_MS = 15_000;

/** A call under way. */
export interface Call {
  readonly ask: Ask;
  alone: boolean;
}

/**
 * What callers may hold for true of one room: an acknowledged call has happened and stays so (I6); of calls that ran side
 * by side, or were not answered, any may have been last.
 */
export class Ledger {
  #possible = new Set<Stand>(["absent"]);
  readonly #open = new Set<Call>();
  #liveId: string | null = null;

  /** @param onBreak Told, in words, when what was acknowledged does not hold. */
  constructor(private readonly room: string, private readonly onBreak: (what: string) => void) {}

  get possible(): ReadonlySet<Stand> {
    return this.#possible;
  }

  /** The broadcast that goes on, if that is known. */
  get liveId(): string | null {
    return this.#liveId;
  }

  begin(ask: Ask): Call {
    const alone = this.#open.size === 0;
    for (const other of this.#open) other.alone = false;
    const call: Call = { ask, alone };
    this.#open.add(call);
    return call;
  }

  /** The call was acknowledged. */
  done(call: Call, liveId: string | null): void {
    this.#open.delete(call);
    const outcome = OUTCOME[call.ask];
    if (call.alone && call.ask === "start" && this.#liveId !== null && liveId !== this.#liveId) {
      this.onBreak(`I6: ${this.room} was live already, and a start made another broadcast`);
    }
    if (call.alone) this.#possible = new Set([outcome]);
    else this.#possible.add(outcome);
    // A start of a room that is live already changes nothing.
    this.#liveId = call.alone && outcome === "live" ? liveId : null;
  }

  /** The call was refused, and nothing came of it: the room stands so that it cannot be done. */
  refused(call: Call, code: string): void {
    this.#open.delete(call);
    const fits = code === "room_not_found"
      ? this.#possible.has("absent")
      : code !== "room_exists" || this.#possible.has("idle") || this.#possible.has("live");
    if (call.alone && !fits) this.onBreak(`I6: ${call.ask} ${this.room} was refused: ${code}`);
  }

  /** Nobody knows what became of the call. */
  unknown(call: Call): void {
    this.#possible.add(OUTCOME[call.ask]);
    this.#liveId = null;
    setTimeout(() => this.#open.delete(call), DOUBT_MS);
  }

  /** The store lost what it had: anything may be. */
  forgetAll(): void {
    this.#possible = new Set(["absent", "idle", "live"]);
    this.#liveId = null;
    for (const call of this.#open) call.alone = false;
  }
}
