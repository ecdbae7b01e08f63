import { EventEmitter } from "node:events";
import type { JanodeSession } from "./janode.d.ts";

/** janode's handle, meant to be extended for a plugin. */
export default class Handle extends EventEmitter {
  constructor(session: JanodeSession, id: number);
  readonly id: number;
  readonly session: JanodeSession;
  /** Called with each message of the plugin; anything truthy says that it was understood. */
  handleMessage(message: unknown): unknown;
  ownsTransaction(id: string): boolean;
  closeTransactionWithError(id: string, error: Error): void;
  closeTransactionWithSuccess(id: string, data: unknown): void;
  /** @param timeoutMs 0: no limit. */
  sendRequest(request: Record<string, unknown>, timeoutMs?: number): Promise<unknown>;
}
