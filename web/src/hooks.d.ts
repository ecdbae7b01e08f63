import type Hls from "hls.js";
import type { Phase } from "./client/session_state.ts";
import type { JoinTimings } from "./client/studio_session.ts";

/**
 * What the pages show to tests and benches as `window.roomcast`. People's browsers have it too; it can
 * do nothing that the page's own buttons cannot.
 */
export interface StudioHook {
  /** Takes a seat (the owner goes live first); resolves once media is connected. */
  join(options?: { name?: string; pin?: string }): Promise<JoinTimings>;
  /** The steps of the last join, by performance.now() (ms). */
  readonly timings: JoinTimings | null;
  readonly phase: Phase;
  /** Resolves once room, sign-in, socket and microphone are there. */
  readonly ready: Promise<void>;
}

export interface ListenHook {
  /** The hls.js player in use; null before play, and where the browser's own player is used. */
  readonly hls: Hls | null;
  readonly audio: HTMLAudioElement;
  /** How far behind live it plays, in seconds; null while unknown. */
  latency(): number | null;
}

declare global {
  interface Window {
    roomcast?: StudioHook | ListenHook;
  }
}
