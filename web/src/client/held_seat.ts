import type { MethodResult } from "../../../src/contracts/rpc.ts";
import { backoffMs, sleep } from "../../../src/platform/backoff.ts";
import { asClientError, ClientError } from "./client_error.ts";
import type { RpcClient } from "./rpc_client.ts";

/** How long (ms) one try may take, and how many answers of "not now" are waited through before the seat is joined anew. */
const TRY_LIMIT_MS = 5000;
const MAX_REFUSALS = 12;

/** A seat that was given to us, and what gives it to us again after the socket broke. */
export class HeldSeat {
  readonly id: string;
  readonly #secret: string;
  #lastEventId: string;

  constructor(joined: Pick<MethodResult<"join">, "seat" | "secret" | "lastEventId">) {
    this.id = joined.seat;
    this.#secret = joined.secret;
    this.#lastEventId = joined.lastEventId;
  }

  /** What `join` takes to give the same seat. */
  get proof(): { seat: string; secret: string } {
    return { seat: this.id, secret: this.#secret };
  }

  /** The room told of an event: it is not missed any more. */
  heard(eventId: string | undefined): void {
    if (eventId !== undefined) this.#lastEventId = eventId;
  }

  /**
   * Takes the seat up again over the socket that there is, or the next one, as soon as there is one.
   *
   * @returns Null when the seat must be joined anew.
   * @throws ClientError `room_over`, or the signal's reason when it is aborted.
   */
  async resume(rpc: RpcClient, signal: AbortSignal): Promise<MethodResult<"resume"> | null> {
    for (let refusals = 0; refusals < MAX_REFUSALS;) {
      try {
        const call = { ...this.proof, lastEventId: this.#lastEventId };
        const resumed = await rpc.call("resume", call, TRY_LIMIT_MS);
        signal.throwIfAborted();
        this.#lastEventId = resumed.lastEventId;
        return resumed;
      } catch (thrown) {
        signal.throwIfAborted();
        const error = asClientError(thrown);
        if (error.code === "room_not_live" || error.code === "room_over") {
          throw new ClientError("room_over");
        }
        if (!error.retry) return null;
        // Without a socket nobody has refused: it is waited for as long as it takes.
        if (error.code !== "offline") refusals++;
        await sleep(backoffMs(1 + refusals, { baseMs: 200, maxMs: 1000 }), signal);
      }
    }
    return null;
  }
}
