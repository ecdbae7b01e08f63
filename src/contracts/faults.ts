import { z } from "zod";

/**
 * `/suspicions/{kind}/{id}/{reporter}`: somebody who uses a node finds it dead. The key hangs on a short lease that the
 * witness keeps while it finds it so. Two witnesses of different trade are believed before the node's own lease runs out.
 */
export const Suspicion = z.object({
  /** `edge`: parts cannot be had from it; `janus`: the manager of a Janus that sends to it gets no answer. */
  witness: z.enum(["edge", "janus"]),
  /** What was tried and what came of it, in words. */
  reason: z.string().max(300),
  /** Unix time in ms. */
  since: z.number().int().nonnegative(),
});
export type Suspicion = z.infer<typeof Suspicion>;

/** `/drains/{kind}/{id}`: an operator wants the node empty. It takes nothing new, its rooms are moved, and it ends. */
export const DrainOrder = z.object({
  /** Unix time in ms. */
  orderedAt: z.number().int().nonnegative(),
  /** How long (s) the node may take to get empty before it ends anyway. */
  deadlineS: z.number().int().positive(),
});
export type DrainOrder = z.infer<typeof DrainOrder>;
