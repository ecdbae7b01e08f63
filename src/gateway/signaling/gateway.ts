import { AppError } from "../../contracts/errors.ts";
import { randomId } from "../../contracts/ids.ts";
import { SUBPROTOCOL } from "../../contracts/rpc.ts";
import type { TokenVerifier } from "../../platform/jwt.ts";
import type { Running } from "../../platform/lifecycle.ts";
import type { Log } from "../../platform/log.ts";
import type { Attachment } from "./attachment.ts";
import { Connection } from "./connection.ts";
import type { LockTicket } from "./connection_locks.ts";
import { offeredToken, originAllowed } from "./handshake.ts";
import type { Methods } from "./methods.ts";
import type { SeatFate } from "./seat_keeper.ts";

/**
 * A socket that answers no ping (Deno sends one after half of it) for so many seconds is dead. Pages ping every
 * 2 s besides, so a living one is never idle for so long.
 */
const IDLE_TIMEOUT_S = 20;

export interface GatewayOptions {
  readonly origins: readonly string[];
  readonly verifier: TokenVerifier;
  readonly methods: Methods;
  readonly giveUp: (page: Attachment, fate: SeatFate) => Promise<void>;
  readonly locks: {
    draw(userId: string): LockTicket;
    take(userId: string, connId: string, ticket: LockTicket): Promise<void>;
    release(connId: string): Promise<void>;
  };
  readonly log: Log;
}

/** All connections of this process. */
export class Gateway implements Running {
  readonly #connections = new Map<string, Connection>();
  readonly #releases = new Set<Promise<void>>();
  #stopping = false;

  constructor(private readonly options: GatewayOptions) {}

  /** How many sockets are open. */
  get size(): number {
    return this.#connections.size;
  }

  get stopping(): boolean {
    return this.#stopping;
  }

  /**
   * Answers a request to open a socket.
   *
   * @throws AppError `forbidden` for a foreign page, `unauthorized` or `token_expired` for a bad token,
   * `invalid_request` when it is no WebSocket request.
   */
  async open(request: Request, address: string): Promise<Response> {
    const { origins, verifier } = this.options;
    if (!originAllowed(request.headers.get("origin"), origins)) {
      throw new AppError("forbidden", "Pages of this origin may not connect");
    }
    const token = offeredToken(request.headers.get("sec-websocket-protocol"));
    const claims = await verifier.verify(token);
    if (this.#stopping) throw new AppError("unavailable", "This gateway is shutting down");
    const { socket, response } = upgrade(request);
    this.#accept({ socket, claims, token, address });
    return response;
  }

  /** A newer connection of the same person took over. */
  supersede(connId: string): void {
    void this.#connections.get(connId)?.close("superseded");
  }

  /** Gives every lock back, and the seats that are not handed over yet, then closes the sockets. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all([...this.#connections.values()].map((c) => c.closeLast("shutting_down")));
    await Promise.all(this.#releases);
  }

  #accept(
    opened: Pick<
      ConstructorParameters<typeof Connection>[0],
      "socket" | "claims" | "token" | "address"
    >,
  ): void {
    const { methods, giveUp, locks } = this.options;
    const id = randomId(12);
    const log = this.options.log.child({ connId: id, userId: opened.claims.sub });
    const onOver = (released: Promise<void>) => {
      this.#connections.delete(id);
      const all = Promise.all([released, locks.release(id)]).then(() => {
        this.#releases.delete(all);
        log.debug({}, "connection over");
      });
      this.#releases.add(all);
    };
    const ticket = locks.draw(opened.claims.sub);
    const onAlive = () => void locks.take(opened.claims.sub, id, ticket);
    const options = { ...opened, id, methods, giveUp, onAlive, onOver, log };
    this.#connections.set(id, new Connection(options));
    log.debug({}, "connection open");
  }
}

function upgrade(request: Request): Deno.WebSocketUpgrade {
  try {
    return Deno.upgradeWebSocket(request, { protocol: SUBPROTOCOL, idleTimeout: IDLE_TIMEOUT_S });
  } catch (cause) {
    throw new AppError("invalid_request", "This address takes WebSockets only", { cause });
  }
}
