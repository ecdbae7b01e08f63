import type { Log } from "./log.ts";

/** Something that runs until it is stopped. `stop` may be called more than once. */
export interface Running {
  stop(): Promise<void>;
}

/** Something that ends by a few calls that do not wait. */
export function ending(ends: readonly (() => void)[]): Running {
  return {
    stop: () => {
      for (const end of ends) end();
      return Promise.resolve();
    },
  };
}

/** Stops what was started, newest first; an error of one does not keep the others from stopping. */
export class Lifecycle implements Running {
  readonly #stack: { name: string; running: Running }[] = [];
  #stopping: Promise<void> | undefined;

  constructor(private readonly log: Log) {}

  add<T extends Running>(name: string, running: T): T {
    this.#stack.push({ name, running });
    return running;
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stopAll();
    return this.#stopping;
  }

  async #stopAll(): Promise<void> {
    for (const { name, running } of this.#stack.toReversed()) {
      try {
        await running.stop();
      } catch (err) {
        this.log.error({ err, part: name }, "a part did not stop cleanly");
      }
    }
  }
}
