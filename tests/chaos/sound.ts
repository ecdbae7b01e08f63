import type { LiveWatcher } from "../support/hls/live_watcher.ts";
import type { ChaosRoom, World } from "./world.ts";

/** A room and who listens to it. */
export interface Watch {
  readonly room: ChaosRoom;
  readonly watcher: LiveWatcher;
}

/** How long (ms) a room may take to have all of its sound, before a fault and after it. */
const SOUND_LIMIT_MS = 40_000;

/** Waits for so many parts in a row that hold nothing but sound from the room. */
export async function hasSound({ watcher, room }: Watch, count: number): Promise<void> {
  let [full, most] = [0, 1];
  try {
    await watcher.until(({ sourceFrames }) => {
      most = Math.max(most, sourceFrames);
      full = sourceFrames === most ? full + 1 : 0;
      return full >= count;
    }, SOUND_LIMIT_MS);
  } catch (err) {
    throw new Error(`${room.id} has no sound: ${err instanceof Error ? err.message : err}`);
  }
}

/** Waits until the room's speaker speaks where it should, and all of what it says comes out. */
export async function isBack(world: World, watch: Watch, parts: number): Promise<void> {
  const { id, speaker } = watch.room;
  const giveUpAt = performance.now() + SOUND_LIMIT_MS;
  for (;;) {
    const url = world.janusUrl(id);
    if (url !== null && await speaker.speaksTo(url)) break;
    if (performance.now() > giveUpAt) throw new Error(`The speaker of ${id} did not come back`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await hasSound(watch, parts);
}
