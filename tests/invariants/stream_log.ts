/** A playlist as a listener saw it. */
export interface SeenPlaylist {
  readonly mediaSequence: number;
  /** It says that nothing follows. */
  readonly ended: boolean;
  /** The room is on air as far as its owner was told. */
  readonly live: boolean;
}

/** I3: a room's media sequence never decreases, and no playlist ends while the room is live. */
export class StreamLog {
  readonly #highest = new Map<string, number>();
  readonly #broken = new Set<string>();

  see(roomId: string, { mediaSequence, ended, live }: SeenPlaylist): void {
    const highest = this.#highest.get(roomId) ?? 0;
    if (mediaSequence < highest) {
      this.#broken.add(`I3: ${roomId} went back from segment ${highest} to ${mediaSequence}`);
    }
    if (ended && live) this.#broken.add(`I3: ${roomId} says that it is over while it is live`);
    this.#highest.set(roomId, Math.max(highest, mediaSequence));
  }

  /** What was broken so far, each sentence once; it is told once. */
  take(): string[] {
    const broken = [...this.#broken];
    this.#broken.clear();
    return broken;
  }
}
