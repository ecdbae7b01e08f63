import type { Config } from "./config.ts";
import type { Log } from "./log.ts";
import type { Running } from "./lifecycle.ts";

/** What a role is given to start with. */
export interface RoleContext {
  readonly config: Config;
  /** Already bound to the role's name. */
  readonly log: Log;
}

/** A role that runs. `url` is where it answers. */
export interface RunningRole extends Running {
  readonly url: string;
  /**
   * Takes no new rooms from now on and says so; resolves once those it has are elsewhere, or `limitMs` are over. A role
   * without it has nothing that must be moved. Stopping it is another matter.
   */
  readonly drain?: (limitMs: number) => Promise<void>;
}

/** Starts a role; rejects with a readable error when a part it needs is away or its port is taken. */
export type StartRole = (context: RoleContext) => Promise<RunningRole>;
