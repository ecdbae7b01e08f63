import { type RpcErrorObject, RpcResponse } from "../../src/contracts/jsonrpc.ts";
import { z } from "zod";
import {
  type Method,
  type MethodResult,
  METHODS,
  type Notification,
  type NotificationParams,
  NOTIFICATIONS,
  SUBPROTOCOL,
} from "../../src/contracts/rpc.ts";

/** The gateway refused a call. */
export class Refused extends Error {
  override readonly name = "Refused";

  constructor(readonly error: RpcErrorObject) {
    super(error.message);
  }

  get code(): string {
    return this.error.data?.code ?? "";
  }
}

const Notice = z.object({ method: z.string(), params: z.unknown() });

/** The page's end of the socket, as far as tests need it. */
export class Page {
  readonly #socket: WebSocket;
  readonly #answers = new Map<unknown, (answer: z.output<typeof RpcResponse>) => void>();
  readonly #notices: z.output<typeof Notice>[] = [];
  readonly #raw: string[] = [];
  readonly #closed = Promise.withResolvers<CloseEvent>();
  #changed = Promise.withResolvers<void>();
  #nextId = 1;

  constructor(url: string, options: { token: string; origin?: string }) {
    const address = `${url.replace("http", "ws")}/ws`;
    const protocols = [SUBPROTOCOL, `jwt.${options.token}`];
    const headers = options.origin === undefined ? {} : { origin: options.origin };
    // Deno's WebSocket takes headers, which the browser's type does not know.
    this.#socket = Reflect.construct(WebSocket, [address, { protocols, headers }]);
    this.#socket.onmessage = ({ data }) => this.#receive(String(data));
    this.#socket.onerror = () => {};
    this.#socket.onclose = (event) => {
      this.#closed.resolve(event);
      this.#change();
    };
  }

  /** Resolves when open, rejects when refused. */
  async opened(): Promise<this> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#socket.addEventListener("open", () => resolve());
    this.#socket.addEventListener("close", () => reject(new Error("the socket was refused")));
    await promise;
    return this;
  }

  get protocol(): string {
    return this.#socket.protocol;
  }

  get closed(): Promise<CloseEvent> {
    return this.#closed.promise;
  }

  close(): Promise<CloseEvent> {
    this.#socket.close();
    return this.closed;
  }

  send(data: string | Uint8Array<ArrayBuffer>): void {
    this.#socket.send(data);
  }

  /** @throws Refused */
  async call<M extends Method>(method: M, params: unknown): Promise<MethodResult<M>> {
    const id = this.#nextId++;
    const { promise, resolve } = Promise.withResolvers<z.output<typeof RpcResponse>>();
    this.#answers.set(id, resolve);
    this.send(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
    const gone = this.closed.then(() => null);
    const answer = await Promise.race([promise, gone]);
    if (answer === null) throw new Error(`the socket closed before ${method} was answered`);
    const { error, result } = answer;
    if (error) throw new Refused(error);
    return METHODS[method].result.parse(result) as MethodResult<M>;
  }

  /** The code with which a call is refused. */
  async refusal(method: string, params: unknown): Promise<Refused> {
    try {
      await this.call(method as Method, params);
    } catch (err) {
      if (err instanceof Refused) return err;
      throw err;
    }
    throw new Error(`${method} was not refused`);
  }

  /** The first notification, told or yet to come, of that name that fits; it is taken out. */
  async notice<N extends Notification>(
    name: N,
    fits: (params: NotificationParams<N>) => boolean = () => true,
  ): Promise<NotificationParams<N>> {
    for (;;) {
      for (const [i, notice] of this.#notices.entries()) {
        if (notice.method !== name) continue;
        const params = NOTIFICATIONS[name].parse(notice.params) as NotificationParams<N>;
        if (!fits(params)) continue;
        this.#notices.splice(i, 1);
        return params;
      }
      await this.#next();
    }
  }

  /** What was told of that name and not taken out yet. */
  told(name: Notification): number {
    return this.#notices.filter(({ method }) => method === name).length;
  }

  /** The next answer that belongs to no call made by {@link call}. */
  async rawAnswer(): Promise<z.output<typeof RpcResponse>> {
    while (this.#raw.length === 0) await this.#next();
    return RpcResponse.parse(JSON.parse(this.#raw.shift() ?? ""));
  }

  async #next(): Promise<void> {
    if (this.#socket.readyState === WebSocket.CLOSED) throw new Error("the socket is closed");
    await this.#changed.promise;
  }

  #change(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  #receive(text: string): void {
    const json: unknown = JSON.parse(text);
    const notice = Notice.safeParse(json);
    const answer = RpcResponse.safeParse(json);
    const waiting = answer.success ? this.#answers.get(answer.data.id) : undefined;
    if (notice.success) this.#notices.push(notice.data);
    else if (answer.success && waiting) {
      this.#answers.delete(answer.data.id);
      waiting(answer.data);
    } else this.#raw.push(text);
    this.#change();
  }
}
