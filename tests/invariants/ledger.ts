/** What a caller was promised of a room by the last acknowledged call. */
export type Promised = "live" | "idle" | "absent";

/** Keeps what the API has acknowledged, for I6: it must be so whatever dies. */
export class Ledger {
  readonly #rooms = new Map<string, Promised>();

  get rooms(): ReadonlyMap<string, Promised> {
    return this.#rooms;
  }

  /** A start was acknowledged. */
  live(roomId: string): void {
    this.#rooms.set(roomId, "live");
  }

  /** A create or a stop was acknowledged. */
  idle(roomId: string): void {
    this.#rooms.set(roomId, "idle");
  }

  /** A delete was acknowledged. */
  absent(roomId: string): void {
    this.#rooms.set(roomId, "absent");
  }

  /** A call had no answer: nobody knows. */
  unknown(roomId: string): void {
    this.#rooms.delete(roomId);
  }
}
