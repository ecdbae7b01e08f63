import type { ClientError } from "./client_error.ts";

/** What a source tells whoever plays it. */
export interface SourceEvents {
  /** The broadcast ended and all of it was played. */
  readonly onEnded: () => void;
  /** There is nothing at this address (404) or not any more (410). */
  readonly onGone: () => void;
  /** It cannot be played, and trying again will not help. */
  readonly onFailed: (error: ClientError) => void;
}

/** Something that puts a live playlist into an audio element. All times are in seconds. */
export interface LiveSource {
  /** How far behind live it plays; null while that is unknown. */
  latency(): number | null;
  /** Jumps to as near to live as is safe. */
  goLive(): void;
  /** Call regularly, some times a second: keeps it near live. */
  tick(): void;
  destroy(): void;
}
