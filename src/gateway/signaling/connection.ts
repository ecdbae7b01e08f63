import { AppError } from "../../contracts/errors.ts";
import { CLOSE_CODES, MAX_MESSAGE, METHODS } from "../../contracts/rpc.ts";
import type { AccessClaims } from "../../contracts/users.ts";
import type { Log } from "../../platform/log.ts";
import { count } from "../../platform/metrics.ts";
import { countCall } from "../../platform/rpc/count_call.ts";
import { type DecodedMessage, decodeMessage } from "../../platform/rpc/decode.ts";
import { dispatch } from "../../platform/rpc/dispatch.ts";
import { encodeNotification } from "../../platform/rpc/encode.ts";
import type { Attachment, Notify } from "./attachment.ts";
import type { Caller, Methods } from "./methods.ts";
import { RateGuard } from "./rate_guard.ts";
import type { SeatFate } from "./seat_keeper.ts";
import { SeatSlot } from "./seat_slot.ts";

/** How much (bytes) may wait to be sent before the peer counts as too slow: some thousand notifications. */
const MAX_BUFFERED = 1024 * 1024;
/** How often (ms) a connection whose token has run out is looked at. */
const EXPIRED_CHECK_MS = 30_000;
/** How long (ms) a flood must pause before it is told why it ends, and how long that is waited for. */
const QUIET_MS = 200;
const FLOOD_PATIENCE_MS = 3000;
/** How long (ms) a page may take to answer a close. */
const FAREWELL_MS = 1000;
/** A timer takes no more ms than this. */
const MAX_TIMER_MS = 2 ** 31 - 1;

const ON_CALL = countCall("gateway", METHODS);

export type CloseReason = keyof typeof CLOSE_CODES;

/** What becomes of the seat when we close the socket. */
const FATES: Readonly<Record<CloseReason, SeatFate>> = {
  superseded: "yield",
  shutting_down: "park",
  too_slow: "park",
  unauthorized: "end",
  flooding: "end",
  binary: "end",
  too_large: "end",
};
/**
 * Close codes (RFC 6455 §7.4.1) of a page that says goodbye: done, navigated away, or no code given. A lost connection
 * has 1006, and a page that gives a dead socket up closes it with 4000.
 */
const GOODBYES: readonly number[] = [1000, 1001, 1005];

export interface ConnectionOptions {
  readonly id: string;
  readonly socket: WebSocket;
  readonly claims: AccessClaims & { readonly exp: number };
  readonly token: string;
  readonly address: string;
  readonly methods: Methods;
  readonly giveUp: (page: Attachment, fate: SeatFate) => Promise<void>;
  /**
   * Called once, when the page has said something. A gateway that hung, or has just started, finds handshakes of pages that
   * are elsewhere by now, and of some it is not told that they are closed.
   */
  readonly onAlive: () => void;
  /** Called once, as soon as it is over; what it had has been given back when `released` resolves. */
  readonly onOver: (released: Promise<void>) => void;
  readonly log: Log;
}

/** One page's socket: everything it says comes through here, and everything it is told. */
export class Connection {
  readonly #caller: Caller;
  readonly #slot: SeatSlot;
  /** Notifications that wait for the answer to `join` or `resume`, so that the page knows its seat first. */
  #held: string[] = [];
  #joins = 0;
  #expiry: ReturnType<typeof setTimeout> | undefined;
  #alive = false;
  #released: Promise<void> | undefined;
  readonly #gone = Promise.withResolvers<void>();
  #quiet: ReturnType<typeof setTimeout> | undefined;
  #floodOver = 0;

  constructor(private readonly options: ConnectionOptions) {
    const { claims, token, address, socket, giveUp } = options;
    this.#slot = new SeatSlot(giveUp);
    const notify: Notify = (method, params) => this.#notify(encodeNotification(method, params));
    const rates = new RateGuard(() => performance.now());
    const expiresAtMs = claims.exp * 1000;
    this.#caller = { claims, token, address, notify, rates, expiresAtMs, slot: this.#slot };
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => this.#receive(data);
    socket.onclose = ({ code }) => {
      this.#gone.resolve();
      const goodbye = GOODBYES.includes(code);
      void this.#release(goodbye ? "end" : "park", goodbye ? "goodbye" : "lost");
    };
    socket.onerror = () => void this.#release("park", "lost");
    this.#watchExpiry(expiresAtMs - Date.now());
  }

  /** Closes the socket, and gives back what it had. */
  close(reason: CloseReason): Promise<void> {
    const released = this.#release(FATES[reason], reason);
    this.#closeSocket(reason);
    return released;
  }

  /** As {@link close}, but what it had is given back before the page hears of it; waits until it has heard. */
  async closeLast(reason: CloseReason): Promise<void> {
    await this.#release(FATES[reason], reason);
    this.#closeSocket(reason);
    const limit = setTimeout(this.#gone.resolve, FAREWELL_MS);
    await this.#gone.promise;
    clearTimeout(limit);
  }

  /** Ends a flood: no answers any more, and the close code once there is silence to hear it in. */
  #closeFlood(): void {
    if (this.#quiet !== undefined) return;
    void this.#release(FATES.flooding, "flooding");
    this.#floodOver = performance.now() + FLOOD_PATIENCE_MS;
    this.#awaitQuiet();
  }

  /** A frame that meets a closing socket resets it (Deno), and the page would not learn why. */
  #awaitQuiet(): void {
    clearTimeout(this.#quiet);
    const left = Math.max(0, this.#floodOver - performance.now());
    this.#quiet = setTimeout(() => this.#closeSocket("flooding"), Math.min(QUIET_MS, left));
  }

  #closeSocket(reason: CloseReason): void {
    const { code, reason: text } = CLOSE_CODES[reason];
    const { socket } = this.options;
    if (socket.readyState === WebSocket.OPEN) socket.close(code, text);
  }

  #receive(data: unknown): void {
    if (this.#quiet !== undefined) this.#awaitQuiet();
    if (this.#released) return;
    if (!this.#alive) this.options.onAlive();
    this.#alive = true;
    if (typeof data !== "string") return void this.close("binary");
    if (data.length > MAX_MESSAGE) return void this.close("too_large");
    void this.#answer(decodeMessage(data));
  }

  async #answer(message: DecodedMessage): Promise<void> {
    const { methods, log } = this.options;
    const joins = seats(message);
    if (joins) this.#joins += 1;
    const answer = await dispatch(this.#counted(message), {
      call: (call) => methods.run(this.#caller, call),
      onInternal: (err, method) => log.error({ err, method }, "a call failed"),
      onCall: ON_CALL,
    });
    if (answer !== null) this.#send(answer);
    if (joins && --this.#joins === 0) {
      for (const text of this.#held.splice(0)) this.#send(text);
    }
    if (this.#caller.rates.flooding) this.#closeFlood();
  }

  /** Messages that hold no call at all draw from the limits too. */
  #counted(message: DecodedMessage): DecodedMessage {
    const calls = "calls" in message ? message.calls : [];
    try {
      const wrong = calls.filter((call) => "error" in call).length;
      for (let i = 0; i < ("refused" in message ? 1 : wrong); i++) {
        this.#caller.rates.take("normal");
      }
      return message;
    } catch (err) {
      if (err instanceof AppError) return { refused: err };
      throw err;
    }
  }

  #notify(text: string): void {
    if (this.#joins > 0) this.#held.push(text);
    else this.#send(text);
  }

  #send(text: string): void {
    const { socket, log, id } = this.options;
    if (socket.readyState !== WebSocket.OPEN) return;
    if (socket.bufferedAmount > MAX_BUFFERED) {
      log.info({ connId: id }, "a connection is too slow");
      return void this.close("too_slow");
    }
    socket.send(text);
  }

  /** A socket whose token has run out stays while it has a seat, for media goes on; then it ends. */
  #watchExpiry(inMs: number): void {
    this.#expiry = setTimeout(() => {
      if (Date.now() < this.#caller.expiresAtMs) {
        this.#watchExpiry(this.#caller.expiresAtMs - Date.now());
      } else if (this.#slot.taken) this.#watchExpiry(EXPIRED_CHECK_MS);
      else void this.close("unauthorized");
    }, Math.min(Math.max(inMs, 0), MAX_TIMER_MS));
  }

  #release(fate: SeatFate, reason: CloseReason | "goodbye" | "lost"): Promise<void> {
    if (this.#released === undefined) {
      count("roomcast_socket_closes_total", { reason });
      clearTimeout(this.#expiry);
      this.#released = this.#slot.close(fate);
      this.options.onOver(this.#released);
    }
    return this.#released;
  }
}

/** Whether it asks for a seat. */
function seats(message: DecodedMessage): boolean {
  return "calls" in message &&
    message.calls.some((call) =>
      "method" in call && (call.method === "join" || call.method === "resume")
    );
}
