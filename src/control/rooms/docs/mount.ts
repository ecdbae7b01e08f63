import type { Hono } from "hono";
import { AdminNode, AdminRoom } from "../../../contracts/admin.ts";
import { AdminEvent } from "../../../contracts/admin_events.ts";
import { OPERATIONS } from "../../../contracts/all_operations.ts";
import { RoomPage, RoomView, StreamKeyView } from "../../../contracts/operations.ts";
import { TokenPair, USER_OPERATIONS, UserView } from "../../../contracts/users.ts";
import { DeliveryView, WebhookView } from "../../../contracts/webhooks.ts";
import { openApiDocument } from "../../../platform/openapi.ts";
import { VERSION } from "../../../platform/version.ts";
import { docsPage } from "./page.ts";
import { STYLE } from "./style.ts";

const DESCRIPTION = "Live audio rooms: a few people talk, anybody listens. " +
  "Errors are problem+json (RFC 9457); their `code` is stable, their texts are for people. " +
  "The operations that are not of accounts can also be called as JSON-RPC 2.0 on POST /rpc of the Room Manager, " +
  "by their operation id.";

/** How long (s) a reader may keep the documentation. */
const MAX_AGE_S = 300;

/** Serves the one document of the whole API, for programs and for people. */
export function mountDocs(app: Hono): void {
  const document = openApiDocument({
    title: "Roomcast API",
    version: VERSION,
    description: DESCRIPTION,
    operations: { ...OPERATIONS, ...USER_OPERATIONS },
    components: {
      ...{ RoomView, RoomPage, StreamKeyView, WebhookView, DeliveryView, UserView, TokenPair },
      ...{ AdminNode, AdminRoom, AdminEvent },
    },
  });
  const files = {
    "/api/openapi.json": ["application/json", JSON.stringify(document)],
    "/api/docs": ["text/html; charset=utf-8", docsPage(document)],
    "/api/docs.css": ["text/css; charset=utf-8", STYLE],
  } as const;
  for (const [path, [type, body]] of Object.entries(files)) {
    const headers = {
      "content-type": type,
      "cache-control": `public, max-age=${MAX_AGE_S}`,
      "content-security-policy":
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      "x-content-type-options": "nosniff",
    };
    app.get(path, () => new Response(body, { headers }));
  }
}
