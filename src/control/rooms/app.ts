import type { Hono } from "hono";
import type { Health } from "../../platform/checks.ts";
import { createApp } from "../../platform/http.ts";
import type { TokenVerifier } from "../../platform/jwt.ts";
import type { Log } from "../../platform/log.ts";
import { type EventStreamOptions, mountEventStream } from "../admin/event_stream.ts";
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
}

/** All that the Room Manager answers: REST, JSON-RPC and the documentation of both. */
export function createRoomsApp(options: RoomsAppOptions): Hono {
  const { operations, events, verifier, log, health } = options;
  const app = createApp(log, health);
  mountDocs(app);
  mountEventStream(app, { ...events, verifier });
  mountRest(app, operations, verifier);
  mountRpc(app, { operations, verifier, log });
  return app;
}
