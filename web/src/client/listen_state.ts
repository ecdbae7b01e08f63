import type { ClientError } from "./client_error.ts";

/** What each state of the listen page means, in a sentence a person reads. */
export const LISTEN_STATES = {
  idle: "Press play to listen.",
  waiting: "Waiting for the broadcast. It plays by itself once it begins.",
  loading: "Tuning in…",
  live: "Live",
  stalled: "Waiting for sound…",
  paused: "Paused",
  over: "The broadcast is over. It plays again if they come back.",
  failed: "The broadcast cannot be played.",
} as const;
export type ListenStatus = keyof typeof LISTEN_STATES;

/** What the listen page shows. */
export interface ListenState {
  readonly status: ListenStatus;
  readonly error: ClientError | null;
}
