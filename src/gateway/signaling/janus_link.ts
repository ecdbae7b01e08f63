import { AppError } from "../../contracts/errors.ts";
import { backoffMs, sleep } from "../../platform/backoff.ts";
import type { Running } from "../../platform/lifecycle.ts";
import type { Log } from "../../platform/log.ts";
import type { JanusConnection } from "../../platform/janus/types.ts";
import { abortable } from "./abortable.ts";

export interface JanusLinkOptions {
  readonly connect: () => Promise<JanusConnection>;
  /** Asked before each try: when it says no, the link ends. */
  readonly wanted: () => boolean;
  readonly onEnded: () => void;
  readonly log: Log;
}

/** Supervises the connection to one Janus: connect, wait until it breaks, log, pause, connect anew. */
export class JanusLink implements Running {
  readonly #abort = new AbortController();
  #current = Promise.withResolvers<JanusConnection>();
  /** Resolves when the next try to connect has failed. */
  #failed = Promise.withResolvers<null>();
  #loop: Promise<void> | undefined;

  constructor(private readonly options: JanusLinkOptions) {}

  start(): void {
    this.#loop ??= this.#run().finally(() => this.options.onEnded());
  }

  /** The connection, or, when there is none, the next one. @throws AppError `unavailable` on abort. */
  async get(signal: AbortSignal): Promise<JanusConnection> {
    try {
      return await abortable(this.#current.promise, AbortSignal.any([signal, this.#abort.signal]));
    } catch (cause) {
      throw new AppError("unavailable", "The room's media server cannot be reached", {
        cause,
        retryAfterS: 1,
      });
    }
  }

  /** The connection after one that broke. @throws AppError `unavailable` as soon as a try to make it fails. */
  async after(broken: JanusConnection, signal: AbortSignal): Promise<JanusConnection> {
    const failed = this.#failed.promise;
    const ended = AbortSignal.any([signal, this.#abort.signal]);
    for (;;) {
      const next = await abortable(Promise.race([this.#current.promise, failed]), ended);
      if (next === null) throw new AppError("unavailable", "The media server does not answer");
      if (next !== broken) return next;
      await broken.broken;
    }
  }

  async stop(): Promise<void> {
    this.#abort.abort(new Error("The link was stopped"));
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    const { connect, wanted, log } = this.options;
    for (let failures = 0; !signal.aborted && wanted();) {
      try {
        const connection = await connect();
        failures = 0;
        this.#current.resolve(connection);
        const err = await abortable(connection.broken, signal).finally(() => {
          this.#current = Promise.withResolvers();
          return connection.stop();
        });
        log.warn({ err }, "the connection to Janus broke");
      } catch (err) {
        if (signal.aborted) break;
        failures += 1;
        this.#failed.resolve(null);
        this.#failed = Promise.withResolvers();
        if (failures === 1) log.warn({ err }, "Janus cannot be reached");
      }
      await sleep(backoffMs(failures + 1, { maxMs: 1000 }), signal).catch(() => {});
    }
    this.#abort.abort(new Error("This Janus is gone"));
  }
}
