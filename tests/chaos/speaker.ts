import type { Running } from "../../src/platform/lifecycle.ts";

/** Who hums a room's tone. */
export interface Speaker extends Running {
  /** When (performance.now()) it was connected, each time. */
  seats(): Promise<readonly number[]>;
  /** Whether its voice goes to this Janus (URL) now. */
  speaksTo(janusUrl: string): Promise<boolean>;
}
