import type { z } from "zod";
import { AppError } from "../../contracts/errors.ts";
import { parseOrThrow } from "../../contracts/jsonrpc.ts";
import { type Method, type MethodResult, METHODS } from "../../contracts/rpc.ts";
import type { RpcCall } from "../../platform/rpc/decode.ts";
import type { Joiner, Joining } from "./joining.ts";
import type { RateGuard } from "./rate_guard.ts";
import type { Returning } from "./returning.ts";
import type { ProxiedOperation, RoomManager } from "./room_manager.ts";
import type { RoomLog } from "./room_log.ts";
import type { SeatSlot } from "./seat_slot.ts";
import { isStreamId } from "./stream_id.ts";
import { whoIsHere } from "./who_is_here.ts";

/** Whoever calls a method: one connection. */
export interface Caller extends Joiner {
  readonly token: string;
  /** Unix time in ms at which the token runs out. */
  readonly expiresAtMs: number;
  readonly slot: SeatSlot;
  readonly rates: RateGuard;
}

type Handlers = {
  readonly [M in Method]: (caller: Caller, params: unknown) => Promise<MethodResult<M>>;
};

export interface MethodsOptions {
  readonly joining: Joining;
  readonly returning: Returning;
  readonly roomManager: RoomManager;
  readonly roomLog: RoomLog;
}

/** Carries out the methods of the contract's table. */
export class Methods {
  readonly #handlers: Handlers;

  constructor(options: MethodsOptions) {
    this.#handlers = handlersOf(options);
  }

  /** @throws AppError whatever is wrong with the call. */
  async run(caller: Caller, { method, params }: RpcCall): Promise<unknown> {
    if (!isMethod(method)) {
      caller.rates.take("normal");
      throw new AppError("method_not_found", `There is no method ${method}`);
    }
    return await this.#run(method, caller, params);
  }

  #run(method: Method, caller: Caller, params: unknown): Promise<unknown> {
    const { rate, caller: callers } = METHODS[method];
    caller.rates.take(rate);
    if (callers === "member") caller.slot.assertTaken();
    return this.#handlers[method](caller, params);
  }
}

/** A handler that takes only what its schema takes. @throws AppError `invalid_params` */
function taking<S extends z.ZodType, R>(
  { params: schema }: { readonly params: S },
  handle: (caller: Caller, params: z.output<S>) => Promise<R>,
) {
  return async (caller: Caller, params: unknown): Promise<R> =>
    await handle(caller, parseOrThrow(schema, params));
}

function handlersOf({ joining, returning, roomManager, roomLog }: MethodsOptions): Handlers {
  const proxied = (operation: ProxiedOperation) => {
    const schema: z.ZodType = METHODS[operation].params;
    return taking({ params: schema }, (caller, params) => {
      assertFresh(caller);
      return roomManager.call(operation, params, caller.token);
    });
  };
  return {
    join: taking(METHODS.join, (caller, params) => {
      assertFresh(caller);
      return caller.slot.join((signal) => joining.join(caller, params, signal), params.seat);
    }),
    resume: taking(METHODS.resume, (caller, params) => {
      assertFresh(caller);
      if (!isStreamId(params.lastEventId)) {
        throw new AppError("invalid_params", "/lastEventId: no id of an event");
      }
      return caller.slot.join(() => returning.resume(caller, params));
    }),
    trickle: taking(METHODS.trickle, ({ slot }, { candidate }) =>
      slot.use(async (member) => {
        await member.trickle(candidate);
        return { ok: true };
      })),
    configure: taking(
      METHODS.configure,
      ({ slot }, change) => slot.use((member) => member.configure(change)),
    ),
    leave: taking(METHODS.leave, async ({ slot }) => {
      await slot.leave();
      return { ok: true };
    }),
    participants: taking(
      METHODS.participants,
      ({ slot }) =>
        slot.use(async (member) => ({
          participants: (await whoIsHere(member, roomLog)).participants,
        })),
    ),
    events: taking(METHODS.events, ({ slot }, { after }) => {
      if (!isStreamId(after)) throw new AppError("invalid_params", "/after: no id of an event");
      return slot.use(async (member) => ({ events: await roomLog.after(member.roomId, after) }));
    }),
    ping: taking(METHODS.ping, () => Promise.resolve({ now: Date.now() })),
    "room.create": proxied("room.create"),
    "room.get": proxied("room.get"),
    "room.start": proxied("room.start"),
    "room.stop": proxied("room.stop"),
  };
}

/**
 * A token that has run out takes nothing new; a seat that was taken with it stays. The page connects anew with a
 * fresh one when it suits.
 *
 * @throws AppError `token_expired`
 */
function assertFresh({ expiresAtMs }: Caller): void {
  if (Date.now() < expiresAtMs) return;
  throw new AppError("token_expired", "The access token has expired: connect with a new one");
}

function isMethod(name: string): name is Method {
  return Object.hasOwn(METHODS, name);
}
