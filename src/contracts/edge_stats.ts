import { z } from "zod";
import { NodeId } from "./ids.ts";

/** How long (ms) one sample of an edge is. Samples begin at whole multiples of it, by the wall clock. */
export const EDGE_STEP_MS = 5000;
/** How many samples are kept of an edge: a quarter of an hour. */
export const EDGE_SAMPLES = 180;

/** What an edge saw in one step. */
export const EdgeSample = z.object({
  /** How many people listened, on average: each playlist asked for stands for the time until the next one. */
  listeners: z.number().nonnegative(),
  /** Parts that came from a mixer while somebody waited for them. */
  parts: z.number().int().nonnegative(),
  /** How late (ms) these were, added up. */
  lateSumMs: z.number().nonnegative(),
  /** How late (ms) the latest was. */
  lateMaxMs: z.number().nonnegative(),
  /** Parts of silence made because none came in time. */
  standIns: z.number().int().nonnegative(),
});
export type EdgeSample = z.infer<typeof EdgeSample>;

/** An edge that writes samples. */
export const EdgeCard = z.object({ id: NodeId, version: z.string() });
export type EdgeCard = z.infer<typeof EdgeCard>;

/**
 * The keys in Redis by which edges tell what they see. Each edge writes a stream of its own, so no key is hot however many
 * there are.
 */
export const EDGE_STATS_KEYS = {
  /** A sorted set: the edges ({@link EdgeCard}, JSON) by the time (Unix, ms) of their last sample. */
  edges: "stats:edges",
  /** A stream of {@link EdgeSample}; the id's time is the step's begin. */
  samples: (edgeId: string) => `stats:edge:${edgeId}`,
} as const;
