import { SUBPROTOCOL } from "../../src/contracts/socket.ts";
import { RpcClient, type RpcClientOptions } from "../../web/src/client/rpc_client.ts";

export interface Call {
  readonly id: number;
  readonly method: string;
  readonly params: Record<string, unknown>;
}

/** A WebSocket server that a test answers for by hand, and a client of it. */
export class RpcPeer {
  /** The tokens that connections came with, in order. */
  readonly tokens: string[] = [];
  /** What to do with each call; the default answers pings. */
  onCall: (call: Call, socket: WebSocket) => void = answerPing;
  socket: WebSocket | null = null;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #clients: RpcClient[] = [];

  constructor(port = 0) {
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port, onListen: () => {} },
      (request) => this.#accept(request),
    );
  }

  get port(): number {
    return this.#server.addr.port;
  }

  client(options: Partial<RpcClientOptions> = {}): RpcClient {
    const client = new RpcClient({
      url: `ws://127.0.0.1:${this.port}/ws`,
      token: () => Promise.resolve("a.b.c"),
      baseMs: 10,
      ...options,
    });
    this.#clients.push(client);
    return client;
  }

  send(message: unknown): void {
    this.socket?.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  async stop(): Promise<void> {
    for (const client of this.#clients) client.close();
    await this.#server.shutdown();
  }

  #accept(request: Request): Response {
    const offered = request.headers.get("sec-websocket-protocol")?.split(/, */) ?? [];
    const token = offered.find((name) => name.startsWith("jwt."))?.slice(4);
    if (!offered.includes(SUBPROTOCOL) || token === undefined) {
      return new Response("", { status: 401 });
    }
    this.tokens.push(token);
    const { socket, response } = Deno.upgradeWebSocket(request, { protocol: SUBPROTOCOL });
    this.socket = socket;
    socket.onmessage = ({ data }) => this.onCall(JSON.parse(data), socket);
    return response;
  }
}

export function reply(socket: WebSocket, id: number, result: unknown): void {
  socket.send(JSON.stringify({ jsonrpc: "2.0", id, result }));
}

export function answerPing(call: Call, socket: WebSocket): void {
  if (call.method === "ping") reply(socket, call.id, { now: Date.now() });
}
