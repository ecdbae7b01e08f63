import { CLOSE_CODES, SUBPROTOCOL } from "../../../src/contracts/socket.ts";
import { backoffMs } from "../../../src/platform/backoff.ts";
import { asClientError, ClientError } from "./client_error.ts";

/** The socket's state, as the page shows it. */
export type LinkState =
  /** Nobody asked for it yet, or it was closed on purpose. */
  | { readonly status: "idle" }
  | { readonly status: "connecting" }
  | { readonly status: "open" }
  /** Lost; it is made anew after a pause. */
  | { readonly status: "waiting"; readonly attempt: number }
  /** Refused for good: it stays closed until `connect()` is called again. */
  | { readonly status: "closed"; readonly error: ClientError };

export interface LinkOptions {
  /** The gateway's WebSocket address. */
  readonly url: string;
  /** An access token that is good now. */
  readonly token: () => Promise<string>;
  readonly onMessage: (data: unknown) => void;
  readonly onState: (state: LinkState) => void;
  /** The first pause's upper bound in ms. Default 250. */
  readonly baseMs?: number;
  /** No pause is longer, in ms. Default 3000. */
  readonly maxMs?: number;
}

/**
 * How long (ms) a socket may take to open: little at first, for a gateway that hangs takes it and says nothing, and
 * the next try goes to another; more with each try, for there are slow networks.
 */
const OPEN_LIMIT_MS = { first: 2000, more: 1000, most: 10_000 } as const;

/** How often the gateway may refuse our token in a row before the person is asked. */
const MAX_REFUSALS = 2;

/** One WebSocket to a gateway that is made anew whenever it is lost, until it is told not to. */
export class Link {
  #state: LinkState = { status: "idle" };
  #socket: WebSocket | null = null;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #attempt = 0;
  #refusals = 0;

  constructor(private readonly options: LinkOptions) {}

  get state(): LinkState {
    return this.#state;
  }

  /** Opens the socket unless it is open or on its way. */
  connect(): void {
    const { status } = this.#state;
    if (status === "open" || status === "connecting") return;
    clearTimeout(this.#retry);
    if (status !== "waiting") this.#attempt = 0;
    void this.#open();
  }

  /** Closes the socket on purpose. */
  close(): void {
    clearTimeout(this.#retry);
    this.#enter({ status: "idle" });
    this.#drop(1000);
  }

  /** The socket is dead though nobody said so: make a new one. */
  replace(): void {
    if (this.#state.status !== "open") return;
    this.#drop(4000);
    this.#lost();
  }

  /** Sends a text; false when there is no open socket. */
  send(message: string): boolean {
    if (this.#state.status !== "open" || this.#socket === null) return false;
    this.#socket.send(message);
    return true;
  }

  async #open(): Promise<void> {
    this.#enter({ status: "connecting" });
    let token: string;
    try {
      token = await this.options.token();
    } catch (cause) {
      const error = asClientError(cause);
      if (this.#state.status !== "connecting") return;
      return error.retry ? this.#lost() : this.#enter({ status: "closed", error });
    }
    if (this.#state.status !== "connecting") return;
    const socket = new WebSocket(this.options.url, [SUBPROTOCOL, `jwt.${token}`]);
    this.#socket = socket;
    const ours = () => this.#socket === socket;
    const { first, more, most } = OPEN_LIMIT_MS;
    const limit = setTimeout(() => {
      if (!ours()) return;
      this.#drop(4000);
      this.#lost();
    }, Math.min(first + more * this.#attempt, most));
    socket.onopen = () => {
      clearTimeout(limit);
      if (!ours()) return;
      this.#attempt = 0;
      this.#enter({ status: "open" });
    };
    socket.onmessage = (event) => {
      if (!ours()) return;
      this.#refusals = 0;
      this.options.onMessage(event.data);
    };
    socket.onclose = (event) => {
      clearTimeout(limit);
      if (ours()) this.#closed(event.code);
    };
  }

  #closed(code: number): void {
    this.#socket = null;
    if (code === CLOSE_CODES.superseded.code) return this.#refuse("superseded");
    if (code === CLOSE_CODES.flooding.code) return this.#refuse("flooding");
    if (code === CLOSE_CODES.unauthorized.code && ++this.#refusals > MAX_REFUSALS) {
      return this.#refuse("unauthorized");
    }
    this.#lost(code === CLOSE_CODES.shutting_down.code);
  }

  #refuse(code: "superseded" | "flooding" | "unauthorized"): void {
    this.#enter({ status: "closed", error: new ClientError(code) });
  }

  /** @param soon The gateway told us to come back: others are there to take us. */
  #lost(soon = false): void {
    this.#attempt++;
    const { baseMs = 250, maxMs = 3000 } = this.options;
    const pause = soon ? 0 : backoffMs(this.#attempt, { baseMs, maxMs });
    // Before anybody hears of it: who then calls connect() takes the place of this try.
    this.#retry = setTimeout(() => void this.#open(), pause);
    this.#enter({ status: "waiting", attempt: this.#attempt });
  }

  #drop(code: number): void {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close(code);
  }

  #enter(state: LinkState): void {
    this.#state = state;
    this.options.onState(state);
  }
}
