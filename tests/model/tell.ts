import type { Event } from "./event.ts";
import { quietLog } from "./quiet_log.ts";
import { Site } from "./site.ts";

/** What came of a story. */
export interface Outcome {
  /** How many FFmpegs ran at its end. */
  readonly streams: number;
  /** How often a room was moved while it was live. */
  readonly moves: number;
}

/**
 * Lets a story happen to a new site.
 *
 * @param seed Gives every delay and every choice in it.
 * @param say Takes the log of all parts, line by line.
 * @throws Error that says which invariant did not hold.
 */
export async function tell(
  story: readonly Event[],
  seed: number,
  say?: (line: string) => void,
): Promise<Outcome> {
  let clock = () => 0;
  const site = new Site(seed, quietLog(say && ((line) => say(`${clock()} ${line}`))));
  const begun = site.time.now;
  clock = () => site.time.now - begun;
  try {
    await site.time.advance(500);
    for (const event of story) {
      say?.(`${clock()} ## ${event}`);
      await event.run({}, site);
    }
    return { streams: site.world.network.listeners().length, moves: site.truth.moves };
  } finally {
    await site.close();
  }
}
