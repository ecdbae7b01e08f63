import type { EventEmitter } from "node:events";
import type Handle from "./janode_handle.d.ts";

/** The part of janode 1.8.0 that Roomcast uses; the package has no types of its own. */
export interface JanodeSession extends EventEmitter {
  readonly id: number;
  attach<H extends Handle>(plugin: {
    id: string;
    Handle: new (session: JanodeSession, id: number) => H;
  }): Promise<H>;
  destroy(): Promise<void>;
  sendRequest(request: Record<string, unknown>): Promise<unknown>;
  /** Forgets the session here, as if it were gone; Janus is told nothing. */
  _signalDestroy(): void;
  readonly _handles: Map<number, Handle>;
}

export interface JanodeConnection extends EventEmitter {
  /** @param keepAliveS Seconds between keepalives; each may take half of it, then the session counts as gone. */
  create(keepAliveS: number): Promise<JanodeSession>;
  close(): Promise<void>;
  readonly _sessions: Map<number, JanodeSession>;
}

interface Janode {
  connect(config: {
    address: { url: string; apisecret?: string };
    max_retries?: number;
    retry_time_secs?: number;
    ws_options?: { handshakeTimeout?: number };
  }): Promise<JanodeConnection>;
  readonly Logger: { setLevel(level: string): string };
}
declare const janode: Janode;
export default janode;
