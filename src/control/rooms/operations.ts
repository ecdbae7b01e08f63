import type { z } from "zod";
import { type Operation, OPERATIONS } from "../../contracts/all_operations.ts";
import { AppError } from "../../contracts/errors.ts";
import { parseOrThrow } from "../../contracts/jsonrpc.ts";
import type { OperationShape } from "../../contracts/operations.ts";
import type { AccessClaims } from "../../contracts/users.ts";
import type { AdminService } from "../admin/admin_service.ts";
import type { WebhookOperation } from "../../contracts/webhooks.ts";
import { type Caller, signedIn } from "./caller.ts";
import type { LinkService } from "./link_service.ts";
import type { LiveService } from "./live_service.ts";
import type { RoomService } from "./room_service.ts";
import type { StreamKeyService } from "./stream_key_service.ts";

/**
 * An operation with the code that carries it out: the way in for REST and JSON-RPC alike. Takes params as the
 * caller sent them; rejects with AppError `unauthorized`, `invalid_params`, or an error of the operation.
 */
export type RunOperation = (params: unknown, caller: Caller) => Promise<unknown>;

/** Every operation of the table, ready to run. */
export type RoomOperations = Readonly<Record<Operation, RunOperation>>;

export interface OperationServices {
  readonly rooms: RoomService;
  readonly live: LiveService;
  readonly links: LinkService;
  readonly streamKeys: StreamKeyService;
  readonly webhooks: Readonly<Record<WebhookOperation, RunOperation>>;
  readonly admin: AdminService;
}

/** Ties the table of operations to the services. */
export function roomOperations(services: OperationServices): RoomOperations {
  const { rooms, live, links, streamKeys: keys, webhooks, admin } = services;
  const table = OPERATIONS;
  const forAdmins = <S extends z.ZodType, R extends z.ZodType>(
    operation: Bindable<S, R>,
    handler: (params: z.output<S>, by: AccessClaims) => Promise<z.output<R>>,
  ): RunOperation =>
  async (params, caller) => {
    const by = await admin.allow(caller);
    return await handler(parseOrThrow(operation.params, params), by);
  };
  return {
    "room.create": bind(table["room.create"], (params, by) => rooms.create(params, by)),
    "room.list": bind(table["room.list"], (params) => rooms.list(params)),
    "room.get": bind(table["room.get"], (params) => rooms.get(params)),
    "room.update": bind(table["room.update"], (params, by) => rooms.update(params, by)),
    "room.delete": bind(table["room.delete"], (params, by) => rooms.remove(params, by)),
    "room.start": bind(table["room.start"], (params, by) => live.start(params, by)),
    "room.stop": bind(table["room.stop"], (params, by) => live.stop(params, by)),
    "streamKey.create": bind(table["streamKey.create"], (params, by) => keys.create(params, by)),
    "streamKey.list": bind(table["streamKey.list"], (params, by) => keys.list(params, by)),
    "streamKey.revoke": bind(table["streamKey.revoke"], (params, by) => keys.revoke(params, by)),
    ...webhooks,
    "room.link": bind(table["room.link"], (params, by) => links.create(params, by)),
    "admin.nodes": forAdmins(table["admin.nodes"], () => admin.nodes()),
    "admin.node.drain": forAdmins(table["admin.node.drain"], (ref, by) => admin.drain(ref, by)),
    "admin.node.undrain": forAdmins(
      table["admin.node.undrain"],
      (ref, by) => admin.undrain(ref, by),
    ),
    "admin.rooms": forAdmins(table["admin.rooms"], (params) => admin.rooms(params)),
    "admin.room.stop": forAdmins(table["admin.room.stop"], (ref, by) => admin.stopRoom(ref, by)),
    "admin.events": forAdmins(table["admin.events"], (params) => admin.events(params)),
    "admin.stats": forAdmins(table["admin.stats"], (params) => admin.stats(params)),
  };
}

/** @throws AppError `method_not_found` when the table has no operation of this name. */
export function operationNamed(name: string, operations: RoomOperations): RunOperation {
  const found = Object.entries(operations).find(([known]) => known === name);
  if (found !== undefined) return found[1];
  const known = Object.keys(operations).join(", ");
  throw new AppError("method_not_found", `There is no such method; there are ${known}`);
}

type Bindable<S extends z.ZodType, R extends z.ZodType> = OperationShape & {
  readonly params: S;
  readonly result: R;
};

/** Puts the table's schemas, and its demand to be signed in, before a handler. */
export function bind<S extends z.ZodType, R extends z.ZodType>(
  operation: Bindable<S, R>,
  handler: (params: z.output<S>, caller: Caller) => Promise<z.output<R>>,
): RunOperation {
  return async (params, caller) => {
    if (operation.auth !== "none") signedIn(caller);
    return await handler(parseOrThrow(operation.params, params), caller);
  };
}
