import { backoffMs, sleep } from "../../../src/platform/backoff.ts";
import { parseEvent, type SeenEvent } from "./admin_views.ts";
import { asClientError, ClientError } from "./client_error.ts";
import { problemOf } from "./http.ts";
import type { TokenSource } from "./room_api.ts";
import { SseParser } from "./sse_parser.ts";

/** How the stream stands. `waiting`: it was cut off, and is taken up again by itself. */
export type StreamState =
  | { readonly status: "connecting" }
  | { readonly status: "open" }
  | { readonly status: "waiting"; readonly error: ClientError }
  | { readonly status: "refused"; readonly error: ClientError };

export interface EventStreamOptions {
  readonly url: string;
  readonly tokens: TokenSource;
  readonly onEvents: (events: readonly SeenEvent[]) => void;
  /** Events were missed that can be had no more. */
  readonly onGap: () => void;
  readonly onState: (state: StreamState) => void;
}

/** A stream silent for so long (ms) is dead: the server says every 8 s that it is there. */
const SILENCE_MS = 20_000;
const PAUSE = { baseMs: 500, maxMs: 5000 } as const;

/**
 * Follows the event log until it is closed, and goes on after the last event whenever it is cut off. The browser's own
 * EventSource cannot send an access token.
 */
export class EventStream {
  readonly #abort = new AbortController();
  #lastId: string | null = null;

  constructor(private readonly options: EventStreamOptions) {
    void this.#run();
  }

  close(): void {
    this.#abort.abort();
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    const { onState } = this.options;
    for (let failures = 0; !signal.aborted;) {
      try {
        if (failures === 0) onState({ status: "connecting" });
        await this.#read(() => failures = 0);
        // The server ended it, as when a token runs out: at once again.
        failures += 1;
      } catch (thrown) {
        if (signal.aborted) return;
        const error = asClientError(thrown);
        if (["unauthorized", "forbidden", "guests_off"].includes(error.code)) {
          return onState({ status: "refused", error });
        }
        failures += 1;
        onState({ status: "waiting", error });
      }
      await sleep(backoffMs(failures, PAUSE), signal).catch(() => {});
    }
  }

  async #read(onOpen: () => void): Promise<void> {
    const { url, tokens, onState } = this.options;
    const token = await tokens.accessToken();
    const silence = new AbortController();
    const signal = AbortSignal.any([this.#abort.signal, silence.signal]);
    let timer = setTimeout(() => silence.abort(), SILENCE_MS);
    try {
      const response = await fetch(url, {
        headers: {
          accept: "text/event-stream",
          authorization: `Bearer ${token}`,
          ...(this.#lastId === null ? {} : { "last-event-id": this.#lastId }),
        },
        signal,
      });
      if (!response.ok || response.body === null) {
        throw problemOf(response, await response.json().catch(() => null));
      }
      onOpen();
      onState({ status: "open" });
      const parser = new SseParser();
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        clearTimeout(timer);
        timer = setTimeout(() => silence.abort(), SILENCE_MS);
        this.#take(parser, value);
      }
    } catch (thrown) {
      if (thrown instanceof ClientError) throw thrown;
      throw new ClientError("offline", "", [], undefined, { cause: thrown });
    } finally {
      clearTimeout(timer);
    }
  }

  #take(parser: SseParser, piece: string): void {
    const found = parser.feed(piece);
    if (found.some(({ event }) => event === "gap")) this.options.onGap();
    const events = found.flatMap(({ event, data }) =>
      event === "gap" ? [] : parseEvent(data) ?? []
    );
    this.#lastId = found.findLast(({ id }) => id !== null)?.id ?? this.#lastId;
    if (events.length > 0) this.options.onEvents(events);
  }
}
