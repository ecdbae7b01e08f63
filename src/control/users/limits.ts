import type { BucketSpec } from "../../platform/token_bucket.ts";
import type { RateLimit } from "../../platform/rate_limit.ts";

/** All that one address may ask of one process: an audience that comes back at once fits in. */
export const REQUESTS_PER_ADDRESS: BucketSpec = { capacity: 3000, perSecond: 500 };

/** How often a thing may be tried. */
export const LIMITS = {
  /** Wrong passwords for one login name from one address; a right one clears them. */
  login: { limit: 10, windowS: 5 * 60 },
  /** Wrong passwords for one login name from anywhere: who lacks it cannot easily lock its owner out. */
  loginPerName: { limit: 100, windowS: 5 * 60 },
  /** Wrong passwords from one address: an office behind one address fits in. */
  loginPerAddress: { limit: 60, windowS: 5 * 60 },
  registerPerAddress: { limit: 30, windowS: 10 * 60 },
  /** A class or an audience may come in together. */
  guestPerAddress: { limit: 60, windowS: 60 },
} as const satisfies Record<string, RateLimit>;
