import type { Running } from "../../src/platform/lifecycle.ts";
import { ManagedProcess, type ManagedProcessOptions } from "./managed_process.ts";
import type { LocalProcess } from "./process.ts";

/** A process to be started: where it answers, and how it starts with its log in a file. */
export interface ProcessSpec {
  readonly name: string;
  readonly where: string | null;
  readonly start: (logFile: string) => Promise<LocalProcess>;
}

/** Processes that start in groups, each when the one before is ready, and stop the other way round. */
export class ProcessGroups implements Running {
  readonly all = new Map<string, ManagedProcess>();
  readonly #groups: ManagedProcess[][] = [];

  constructor(
    private readonly logs: string,
    private readonly options: Pick<ManagedProcessOptions, "revive" | "onEvent">,
  ) {}

  /**
   * Starts the processes side by side, and waits until all are ready.
   *
   * @throws StartError of the first that does not come up; the others may run then: stop them.
   */
  async start(specs: readonly ProcessSpec[]): Promise<void> {
    const group = specs.map(({ name, where, start }) => {
      const logFile = `${this.logs}/${name}.log`;
      const process = new ManagedProcess({
        ...this.options,
        name,
        where,
        logFile,
        start: () => start(logFile),
      });
      this.all.set(name, process);
      return process;
    });
    this.#groups.push(group);
    await Promise.all(group.map((process) => process.start()));
  }

  async stop(): Promise<void> {
    for (const group of this.#groups.toReversed()) {
      await Promise.all(group.map((process) => process.stop()));
    }
  }
}
