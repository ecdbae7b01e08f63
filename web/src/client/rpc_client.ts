import type {
  Method,
  MethodParams,
  MethodResult,
  Notification,
  NotificationParams,
} from "../../../src/contracts/rpc.ts";
import { ClientError } from "./client_error.ts";
import { Link, type LinkState } from "./link.ts";
import { NOTICES, parseIncoming, RESULTS } from "./rpc_messages.ts";

export interface RpcClientOptions {
  /** The gateway's WebSocket address. */
  readonly url: string;
  /** An access token that is good now. */
  readonly token: () => Promise<string>;
  /** How often (ms) the gateway is asked whether it is there. Default 2000. */
  readonly pingMs?: number;
  /** How long (ms) a call may take. Default 10 000. */
  readonly timeLimitMs?: number;
  /** The first pause's upper bound (ms) before a lost socket is made anew. Default 250. */
  readonly baseMs?: number;
}

interface Pending {
  readonly message: string;
  sent: boolean;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: ClientError) => void;
}

/**
 * How often (ms) the gateway is asked, and how long it may take to answer before the socket counts as dead: one that
 * hangs is left within 5 s, while the sound goes on.
 */
const PING_MS = 2000;
const PING_LIMIT_MS = 2500;

/** JSON-RPC 2.0 over the gateway's WebSocket: calls with time limits, notifications, and pings. */
export class RpcClient {
  readonly #link: Link;
  readonly #options: RpcClientOptions;
  readonly #pending = new Map<number, Pending>();
  readonly #notices = new EventTarget();
  readonly #stateListeners = new Set<(state: LinkState) => void>();
  #nextId = 1;
  #pinger: ReturnType<typeof setInterval> | undefined;
  #clockOffsetMs = 0;

  constructor(options: RpcClientOptions) {
    this.#options = options;
    this.#link = new Link({
      url: options.url,
      token: options.token,
      ...(options.baseMs === undefined ? {} : { baseMs: options.baseMs }),
      onMessage: (data) => this.#received(data),
      onState: (state) => this.#linkChanged(state),
    });
  }

  get state(): LinkState {
    return this.#link.state;
  }

  /** The server's clock minus ours, in ms, as the last ping told. */
  get clockOffsetMs(): number {
    return this.#clockOffsetMs;
  }

  connect(): void {
    this.#link.connect();
  }

  close(): void {
    this.#link.close();
  }

  /** Calls back on each change of the socket's state. Returns how to stop it. */
  onState(listener: (state: LinkState) => void): () => void {
    this.#stateListeners.add(listener);
    return () => this.#stateListeners.delete(listener);
  }

  /** Calls back with each notification of a name. Returns how to stop it. */
  on<N extends Notification>(name: N, listener: (params: NotificationParams<N>) => void) {
    const handle = (event: Event) => {
      if (!(event instanceof CustomEvent)) return;
      const params = readNotice(name, event.detail);
      if (params !== null) listener(params);
    };
    this.#notices.addEventListener(name, handle);
    return () => this.#notices.removeEventListener(name, handle);
  }

  /**
   * Calls a method; a call made before the socket is open goes out as soon as it is.
   *
   * @throws ClientError with the gateway's code, or `timeout`, `offline` when there was no socket to
   *   send it over or it was lost under way (the call may have been carried out), or `bad_answer`.
   */
  async call<M extends Method>(
    method: M,
    params: MethodParams<M>,
    timeLimitMs = this.#options.timeLimitMs ?? 10_000,
  ): Promise<MethodResult<M>> {
    const closed = this.#link.state;
    if (closed.status === "closed") throw closed.error;
    const id = this.#nextId++;
    const message = JSON.stringify({ jsonrpc: "2.0", id, method, params });
    const answer = new Promise<unknown>((resolve, reject) => {
      this.#pending.set(id, { message, sent: false, resolve, reject });
    });
    const limit = setTimeout(() => {
      const pending = this.#pending.get(id);
      pending?.reject(
        new ClientError(pending.sent ? "timeout" : "offline", `No answer to ${method}`),
      );
    }, timeLimitMs);
    this.#flush();
    // A socket that was lost comes back by itself after its pause, so that not all pages of a gateway rush in at once.
    if (this.#link.state.status !== "waiting") this.#link.connect();
    try {
      const result = await answer;
      return readResult(method, result);
    } finally {
      clearTimeout(limit);
      this.#pending.delete(id);
    }
  }

  #received(data: unknown): void {
    const incoming = parseIncoming(data);
    if (incoming === null) return;
    if (incoming.kind === "notice") {
      this.#notices.dispatchEvent(new CustomEvent(incoming.name, { detail: incoming.params }));
      return;
    }
    const pending = this.#pending.get(incoming.id);
    if (incoming.kind === "result") pending?.resolve(incoming.result);
    else pending?.reject(incoming.error);
  }

  #linkChanged(state: LinkState): void {
    clearInterval(this.#pinger);
    if (state.status === "open") {
      this.#flush();
      this.#pinger = setInterval(() => void this.#ping(), this.#options.pingMs ?? PING_MS);
      void this.#ping();
    } else {
      const error = state.status === "closed" ? state.error : new ClientError("offline");
      for (const pending of this.#pending.values()) {
        if (pending.sent || state.status === "closed") pending.reject(error);
      }
    }
    for (const listener of this.#stateListeners) listener(state);
  }

  #flush(): void {
    for (const pending of this.#pending.values()) {
      if (!pending.sent) pending.sent = this.#link.send(pending.message);
    }
  }

  async #ping(): Promise<void> {
    const sentAt = Date.now();
    const limitMs = Math.min(PING_LIMIT_MS, this.#options.pingMs ?? PING_LIMIT_MS);
    try {
      const { now } = await this.call("ping", {}, limitMs);
      this.#clockOffsetMs = now - (sentAt + Date.now()) / 2;
    } catch (error) {
      if (error instanceof ClientError && error.code === "timeout") this.#link.replace();
    }
  }
}

/** A notification that is not what the contract says is none. */
function readNotice<N extends Notification>(
  name: N,
  params: unknown,
): NotificationParams<N> | null {
  try {
    return NOTICES[name](params);
  } catch {
    return null;
  }
}

function readResult<M extends Method>(method: M, result: unknown): MethodResult<M> {
  try {
    return RESULTS[method](result);
  } catch (cause) {
    throw new ClientError("bad_answer", "", [], undefined, { cause });
  }
}
