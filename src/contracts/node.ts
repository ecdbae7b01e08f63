import { z } from "zod";
import { NodeId } from "./ids.ts";

export const NodeKind = z.enum(["janus", "mixer"]);
export type NodeKind = z.infer<typeof NodeKind>;

/** `/nodes/{kind}/{id}`: a node that is alive. The key hangs on a lease (TTL 10 s). */
export const NodeInfo = z.object({
  id: NodeId,
  kind: NodeKind,
  version: z.string(),
  /** Where others reach it: a mixer's HLS origin, a Janus's WebSocket. */
  url: z.url(),
  /** The most rooms it takes. */
  capacity: z.number().int().nonnegative(),
  /** The rooms it has. */
  load: z.number().int().nonnegative(),
  /** True: what is here stays, nothing new comes. */
  draining: z.boolean(),
  /** Null when it can serve; else why not, in words. */
  unhealthy: z.string().nullable(),
  /** Unix time in ms at which this process started. */
  startedAt: z.number().int().nonnegative(),
});
export type NodeInfo = z.infer<typeof NodeInfo>;
