import { ADMIN_OPERATIONS } from "./admin.ts";
import { ROOM_OPERATIONS } from "./operations.ts";
import { WEBHOOK_OPERATIONS } from "./webhooks.ts";

/** All that the Room Manager does for callers: REST, JSON-RPC and the OpenAPI document come from this table. */
export const OPERATIONS = {
  ...ROOM_OPERATIONS,
  ...WEBHOOK_OPERATIONS,
  ...ADMIN_OPERATIONS,
} as const;
export type Operation = keyof typeof OPERATIONS;
