import { backoffMs, sleep } from "../../src/platform/backoff.ts";
import type { Running } from "../../src/platform/lifecycle.ts";
import type { LocalProcess } from "./process.ts";

export interface ManagedProcessOptions {
  readonly name: string;
  /** Where it answers, or null. */
  readonly where: string | null;
  readonly logFile: string;
  /** Starts it; resolves once it is ready. */
  readonly start: () => Promise<LocalProcess>;
  /** True: started anew, with backoff, whenever it ends. Default false. */
  readonly revive?: boolean;
  /** Told in a line of text what happened. */
  readonly onEvent?: (line: string) => void;
}

/** A run of this many ms counts as well: the next failure is the first one again. */
const GOOD_RUN_MS = 10_000;

/** A process that can be killed and started anew under the same name. */
export class ManagedProcess implements Running {
  readonly name: string;
  readonly where: string | null;
  readonly logFile: string;
  #current: LocalProcess | null = null;
  /** Settles when a start under way is over. */
  #starting: Promise<unknown> = Promise.resolve();
  #failures = 0;
  /** Aborted when it shall not come back. */
  #over = new AbortController();

  constructor(private readonly options: ManagedProcessOptions) {
    this.name = options.name;
    this.where = options.where;
    this.logFile = options.logFile;
  }

  /** The id of the process that runs; null when none does. */
  get pid(): number | null {
    return this.#current?.pid ?? null;
  }

  /** @throws StartError when it does not come up. */
  async start(): Promise<void> {
    if (this.#current !== null) return;
    if (this.#over.signal.aborted) this.#over = new AbortController();
    await this.#run();
  }

  /** Sends it a signal. */
  kill(signal: Deno.Signal): void {
    this.#current?.kill(signal);
  }

  /** Resolves when what runs now has ended. */
  async ended(): Promise<void> {
    await this.#current?.ended;
  }

  async stop(): Promise<void> {
    this.#over.abort();
    await this.#starting;
    const current = this.#current;
    await current?.stop();
    if (this.#current === current) this.#current = null;
  }

  /** Stops what runs, if anything does, and starts it anew. */
  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  async #run(): Promise<void> {
    const { signal } = this.#over;
    const starting = this.options.start();
    this.#starting = starting.then((process) => signal.aborted ? process.stop() : undefined)
      .catch(() => {});
    const process = await starting;
    if (signal.aborted) return;
    this.#current = process;
    const startedAt = performance.now();
    void process.ended.then(({ code, signal: by }) => {
      if (this.#current === process) this.#current = null;
      if (signal.aborted || this.options.revive !== true) return;
      if (performance.now() - startedAt > GOOD_RUN_MS) this.#failures = 0;
      void this.#revive(`${this.name} ended (${by ?? `exit code ${code}`})`, signal);
    });
  }

  async #revive(what: string, signal: AbortSignal): Promise<void> {
    const { onEvent = () => {} } = this.options;
    let reason = what;
    for (;;) {
      this.#failures += 1;
      onEvent(`${reason}; starting it again, its log is ${this.logFile}`);
      try {
        await sleep(backoffMs(this.#failures, { baseMs: 200, maxMs: 5000 }), signal);
        await this.#run();
        if (!signal.aborted) onEvent(`${this.name} is back (pid ${this.pid})`);
        return;
      } catch (err) {
        if (signal.aborted) return;
        reason = err instanceof Error ? err.message : String(err);
      }
    }
  }
}
