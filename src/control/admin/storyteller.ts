import type { NewAdminEvent } from "../../contracts/admin_events.ts";
import { sleep } from "../../platform/backoff.ts";
import type { Log } from "../../platform/log.ts";
import type { Running } from "../../platform/lifecycle.ts";
import type { Scene } from "./scene.ts";
import type { Farewell, Standpoint } from "./story.ts";
import type { StoryStore } from "./story_store.ts";

export interface StorytellerOptions {
  readonly story: Pick<StoryStore, "claim" | "resign" | "told" | "prime" | "tell">;
  readonly scene: Scene;
  readonly log: Log;
}

/** How often (ms) the teller's place is kept or asked for, and what changes with time alone is looked at. */
const TICK_MS = 1500;
/** The signature of a room that was just made. */
const JUST_MADE = '["idle"]';

/**
 * Tells the event log of what changes in etcd. Of all Room Managers one tells at a time; it compares how things are with what
 * was told last, so that the next one, and one that was away from Redis, goes on without loss and says nothing twice.
 */
export class Storyteller implements Running {
  readonly #abort = new AbortController();
  readonly #dirty = new Set<string>();
  readonly #unsubscribe: () => void;
  /** What was seen of subjects that may be otherwise again in a moment, and since when (ms, monotonic). */
  readonly #unsettled = new Map<string, { signature: string; since: number }>();
  /** What was told, while this process is the teller. */
  #told: Map<string, string> | null = null;
  /** When (ms, monotonic) what changes with time was last looked at: not with each event, for there may be many rooms. */
  #scannedAt = -Infinity;
  #wake = Promise.withResolvers<void>();
  readonly #loop: Promise<void>;

  constructor(private readonly options: StorytellerOptions) {
    this.#unsubscribe = options.scene.onChange((subject) => {
      if (this.#told === null) return;
      this.#dirty.add(subject);
      this.#wake.resolve();
    });
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#unsubscribe();
    this.#abort.abort();
    this.#wake.resolve();
    await this.#loop;
    if (this.#told !== null) await this.options.story.resign().catch(() => {});
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    for (let away = false; !signal.aborted;) {
      this.#wake = Promise.withResolvers<void>();
      try {
        await this.#round();
        away = false;
      } catch (err) {
        if (!away) this.options.log.debug({ err }, "the event log is away");
        away = true;
        this.#told = null;
      }
      const pause = new AbortController();
      await Promise.race([this.#wake.promise, sleep(TICK_MS, pause.signal).catch(() => {})]);
      pause.abort();
    }
  }

  async #round(): Promise<void> {
    const { story, scene } = this.options;
    if (!scene.synced) return;
    if (!await story.claim()) {
      this.#told = null;
      return;
    }
    if (this.#told === null) await this.#begin();
    if (performance.now() - this.#scannedAt >= TICK_MS) {
      this.#scannedAt = performance.now();
      for (const subject of scene.restless()) this.#dirty.add(subject);
    }
    for (const subject of this.#dirty) {
      if (this.#told === null || this.#abort.signal.aborted) return;
      this.#dirty.delete(subject);
      await this.#look(subject, this.#told);
    }
  }

  /** This process tells from now on: of all that is, and of all that was told, it has to look at everything. */
  async #begin(): Promise<void> {
    const { story, scene } = this.options;
    this.#dirty.clear();
    const subjects = scene.subjects();
    const told = await story.told();
    if (told !== null) {
      this.#told = told;
      for (const subject of [...subjects, ...told.keys()]) this.#dirty.add(subject);
      return;
    }
    // Nothing was ever told: how things are now is where the story begins.
    const now = new Map(subjects.flatMap((subject): [string, string][] => {
      const look = scene.look(subject);
      return typeof look === "object" && look !== null ? [[subject, look.signature]] : [];
    }));
    await story.prime(now);
    this.#told = now;
  }

  async #look(subject: string, told: Map<string, string>): Promise<void> {
    const before = told.get(subject) ?? null;
    const look = this.options.scene.look(subject);
    if (look === null || !this.#isSettled(subject, look)) return;
    if (typeof look === "function") {
      if (before !== null) await this.#tell(subject, null, look(before));
      return;
    }
    if (look.signature === before) return;
    const event = look.tell(before);
    const made = event?.kind === "room.created";
    await this.#tell(subject, made ? JUST_MADE : look.signature, event);
    // What it is by now is another event.
    if (made) this.#dirty.add(subject);
  }

  #isSettled(subject: string, look: Standpoint | Farewell): boolean {
    const settleMs = typeof look === "function" ? undefined : look.settleMs;
    if (typeof look === "function" || settleMs === undefined) {
      this.#unsettled.delete(subject);
      return true;
    }
    const now = performance.now();
    const known = this.#unsettled.get(subject);
    if (known?.signature === look.signature) return now - known.since >= settleMs;
    // The next round after that time looks again.
    this.#unsettled.set(subject, { signature: look.signature, since: now });
    return false;
  }

  async #tell(subject: string, signature: string | null, event: NewAdminEvent | null) {
    if (!await this.options.story.tell(subject, signature, event)) {
      this.#told = null;
    } else if (signature === null) this.#told?.delete(subject);
    else this.#told?.set(subject, signature);
  }
}
