import type { EventSink, NewAdminEvent } from "../../contracts/admin_events.ts";
import { backoffMs, sleep } from "../../platform/backoff.ts";
import type { Log } from "../../platform/log.ts";
import type { Running } from "../../platform/lifecycle.ts";
import type { EventLog } from "./event_log.ts";

/** How many events wait for Redis at most; then the oldest are dropped. */
const MOST_WAITING = 1000;
/** How long (ms) the last ones are waited for at the end. */
const FLUSH_MS = 1500;

/** Writes what happens in this process to the event log, in order; while Redis is away, later. */
export class Outbox implements EventSink, Running {
  readonly #waiting: { event: NewAdminEvent; uid: string }[] = [];
  readonly #abort = new AbortController();
  #writing: Promise<void> | null = null;

  constructor(private readonly options: { events: Pick<EventLog, "append">; log: Log }) {}

  record(event: NewAdminEvent): void {
    if (this.#waiting.length >= MOST_WAITING) {
      this.#waiting.shift();
      this.options.log.warn("the event log is away for so long that an event was dropped");
    }
    this.#waiting.push({ event, uid: crypto.randomUUID() });
    this.#writing ??= this.#write().finally(() => this.#writing = null);
  }

  async stop(): Promise<void> {
    const late = setTimeout(() => this.#abort.abort(), FLUSH_MS);
    await this.#writing;
    clearTimeout(late);
  }

  async #write(): Promise<void> {
    const { signal } = this.#abort;
    for (let failures = 0; !signal.aborted;) {
      const [next] = this.#waiting;
      if (next === undefined) return;
      try {
        await this.options.events.append(next.event, next.uid);
        failures = 0;
        // What was dropped meanwhile is another.
        if (this.#waiting[0] === next) this.#waiting.shift();
      } catch (err) {
        failures += 1;
        if (failures === 1) this.options.log.debug({ err }, "the event log is away");
        await sleep(backoffMs(failures, { maxMs: 2000 }), signal).catch(() => {});
      }
    }
  }
}
