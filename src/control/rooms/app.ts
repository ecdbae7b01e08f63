import type { Context, Hono } from "hono";
import type { Health } from "../../platform/checks.ts";
import { clientAddress, type TrustedProxies } from "../../platform/client_address.ts";
import { useCors } from "../../platform/cors.ts";
import { createApp } from "../../platform/http.ts";
import type { TokenVerifier } from "../../platform/jwt.ts";
import type { Log } from "../../platform/log.ts";
import { type EventStreamOptions, mountEventStream } from "../admin/event_stream.ts";
import { CallLimits } from "./call_limits.ts";
import { mountDocs } from "./docs/mount.ts";
import type { RoomOperations } from "./operations.ts";
import { mountRest } from "./rest.ts";
import { mountRpc } from "./rpc_endpoint.ts";

export interface RoomsAppOptions {
  readonly operations: RoomOperations;
  readonly events: Pick<EventStreamOptions, "admin" | "feed">;
  readonly verifier: TokenVerifier;
  readonly log: Log;
  readonly health: Health;
  /** Default: those on this machine. */
  readonly proxies?: TrustedProxies;
  /** Origins of foreign pages that may use the API. Default none. */
  readonly corsOrigins?: readonly string[];
}

/** All that the Room Manager answers: REST, JSON-RPC and the documentation of both. */
export function createRoomsApp(options: RoomsAppOptions): Hono {
  const { operations, events, verifier, log, health } = options;
  const app = createApp(log, health);
  useCors(app, options.corsOrigins ?? []);
  const door = {
    verifier,
    limits: new CallLimits(),
    addressOf: (c: Context) =>
      clientAddress(c.env, c.req.header("x-forwarded-for"), options.proxies),
  };
  mountDocs(app);
  mountEventStream(app, { ...events, door });
  mountRest(app, { operations, ...door });
  mountRpc(app, { operations, ...door, log });
  return app;
}
