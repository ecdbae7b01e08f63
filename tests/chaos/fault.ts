import type { Random } from "./random.ts";
import type { ChaosRoom, World } from "./world.ts";

/** Ends a fault. */
export type Heal = () => Promise<void>;

/** What a fault happens to. */
export interface Scene {
  readonly world: World;
  /** The room whose parts are hit. */
  readonly victim: ChaosRoom;
  readonly random: Random;
}

/** One way in which something breaks. */
export interface Fault {
  readonly name: string;
  /** How long (ms) it lasts before it is healed. */
  readonly lastsMs: number;
  /** Which rooms it can happen to. Default: any. */
  readonly hits?: (room: ChaosRoom, world: World) => boolean;
  /** Why it cannot be had on this machine, or null. */
  readonly missing?: () => string | null;
  begin(scene: Scene): Promise<Heal>;
}
