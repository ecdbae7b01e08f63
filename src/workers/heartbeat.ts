import { z } from "zod";
import { EtcdAccess } from "../coordination/etcd_access.ts";
import { NodeInfo } from "../contracts/node.ts";

/** How long (s) a node's key outlives its last sign of life. */
export const NODE_TTL_S = 10;
/** How often (ms) the main thread says that it is there. */
export const PING_MS = 1000;
/** After this long (ms) without a ping the main thread counts as stuck, and the lease is left to run out. */
export const SILENCE_MS = 5000;

/** What the main thread tells the heartbeat worker. */
export const ToHeartbeat = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("start"),
    etcd: EtcdAccess,
    ttlS: z.number().int().positive(),
    silenceMs: z.number().positive(),
    info: NodeInfo,
  }),
  z.object({ type: z.literal("ping"), info: NodeInfo }),
  z.object({ type: z.literal("stop") }),
]);
export type ToHeartbeat = z.infer<typeof ToHeartbeat>;

/** What the heartbeat worker tells the main thread. */
export const FromHeartbeat = z.discriminatedUnion("type", [
  z.object({ type: z.literal("held"), held: z.boolean(), reason: z.string().optional() }),
  /** The lease was renewed, and had so much (ms) of its time left. */
  z.object({ type: z.literal("renewed"), marginMs: z.number().nonnegative() }),
  z.object({ type: z.literal("stopped") }),
]);
export type FromHeartbeat = z.infer<typeof FromHeartbeat>;

/** What the worker knows of the main thread. Times are in ms on one clock. */
export interface Pulse {
  readonly info: NodeInfo;
  readonly pingedAt: number;
}

/**
 * What the node's key should hold now, or null when the main thread has been silent for too long: a node that does
 * not answer must not look alive just because a worker of it is.
 */
export function leaseValue(pulse: Pulse, now: number, silenceMs: number): string | null {
  return now - pulse.pingedAt > silenceMs ? null : JSON.stringify(pulse.info);
}

/** Whether the key should be written before the next keepalive is due. */
export function isNews(before: Pulse, after: Pulse, silenceMs: number): boolean {
  return after.pingedAt - before.pingedAt > silenceMs ||
    JSON.stringify(before.info) !== JSON.stringify(after.info);
}
