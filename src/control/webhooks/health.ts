import { z } from "zod";

const count = z.coerce.number().int().nonnegative();

/** How an endpoint fares: the hash of its state, and how many deliveries wait. Times are Unix time in ms. */
export const Health = z.object({
  waiting: count.default(0),
  dropped: count.default(0),
  failingSince: count.nullable().default(null),
  lastDeliveredAt: count.nullable().default(null),
});
export type Health = z.infer<typeof Health>;
