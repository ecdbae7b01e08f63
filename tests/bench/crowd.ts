import { z } from "zod";
import { LiveId } from "../../src/contracts/ids.ts";

/** What a crowd of listeners is told. */
export const CrowdOrder = z.object({
  listeners: z.number().int().min(1),
  seconds: z.number().min(1),
  /** Where the room's playlist is, without its file name. */
  base: z.url(),
  liveId: LiveId,
  /** The part to begin with. */
  msn: z.number().int(),
  part: z.number().int(),
  partsPerSegment: z.number().int().min(1),
});
export type CrowdOrder = z.output<typeof CrowdOrder>;

/** What became of it. */
export const CrowdReport = z.object({
  /** How many parts all listeners got. */
  parts: z.number(),
  /** Requests not answered with 2xx. */
  failed: z.number(),
  bytes: z.number(),
  /** How much later (ms) than the first listener each of them had each part. */
  spreadMs: z.array(z.number()),
});
export type CrowdReport = z.output<typeof CrowdReport>;

/** Runs a crowd in a thread of its own; resolves when its time is over. */
export function runCrowd(order: CrowdOrder): Promise<CrowdReport> {
  const worker = new Worker(new URL("./crowd.worker.ts", import.meta.url), { type: "module" });
  return new Promise<CrowdReport>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<unknown>) => resolve(CrowdReport.parse(data));
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage(order);
  }).finally(() => worker.terminate());
}
