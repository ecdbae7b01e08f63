import { backoffMs, sleep } from "../../platform/backoff.ts";
import type {
  AudioBridge,
  JanusConnection,
  JanusConnector,
  JanusOptions,
} from "../../platform/janus/types.ts";
import type { Running } from "../../platform/lifecycle.ts";
import type { Log } from "../../platform/log.ts";
import { untilSilent } from "./silence.ts";

export interface JanusLinkOptions {
  readonly connect: JanusConnector;
  readonly janus: JanusOptions;
  readonly log: Log;
  /** The link came up, or could not be made anew at once. */
  readonly onChange: () => void;
  /** What {@link JanusLink.unhealthy} says has changed; told at once. */
  readonly onHealth: () => void;
}

/** Keeps one connection to Janus: connect, wait until it breaks, say so, wait a little, connect anew. */
export class JanusLink implements Running {
  readonly #abort = new AbortController();
  readonly #firstTry = Promise.withResolvers<void>();
  #bridge: AudioBridge | null = null;
  #reason = "not connected yet";
  #loop: Promise<void> | undefined;

  constructor(private readonly options: JanusLinkOptions) {}

  /** Resolves after the first try, whatever came of it. */
  start(): Promise<void> {
    this.#loop ??= this.#run();
    return this.#firstTry.promise;
  }

  /** Room management, or null while Janus is away. */
  bridge(): AudioBridge | null {
    return this.#bridge;
  }

  /** Null when Janus answers; else why not, in words. */
  unhealthy(): string | null {
    return this.#bridge === null ? `Janus is away: ${this.#reason}` : null;
  }

  /** Lets go of Janus; rooms and forwarders live on there. */
  async stop(): Promise<void> {
    this.#abort.abort(new Error("The link was stopped"));
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    for (let failures = 0; !signal.aborted;) {
      try {
        await this.#connectAndWait(signal, () => failures = 0);
      } catch (err) {
        if (signal.aborted) break;
        failures += 1;
        this.#away(err);
        if (failures === 1) this.options.log.warn({ err }, "Janus is away; will connect again");
        // One quick try more before everybody hears of it: most breaks are over by then.
        if (failures === 2) this.options.onChange();
        this.#firstTry.resolve();
        await sleep(backoffMs(failures, { maxMs: 1000 }), signal).catch(() => {});
      }
    }
    this.#firstTry.resolve();
  }

  /** One life of a connection; always ends with a throw. */
  async #connectAndWait(signal: AbortSignal, onUp: () => void): Promise<never> {
    const connection = await this.#connect(signal);
    try {
      const bridge = await unlessAborted(this.#manage(connection), signal);
      this.#bridge = bridge;
      onUp();
      this.options.log.info("Janus answers");
      this.options.onHealth();
      this.options.onChange();
      this.#firstTry.resolve();
      throw await unlessAborted(brokenOrSilent(connection, bridge), signal);
    } catch (err) {
      // Before the farewell: one that hangs keeps us waiting for it.
      this.#away(err);
      throw err;
    } finally {
      await connection.stop();
    }
  }

  #away(err: unknown): void {
    const was = this.unhealthy();
    this.#bridge = null;
    this.#reason = err instanceof Error ? err.message : String(err);
    if (this.unhealthy() !== was) this.options.onHealth();
  }

  async #connect(signal: AbortSignal): Promise<JanusConnection> {
    const connecting = this.options.connect(this.options.janus);
    try {
      return await unlessAborted(connecting, signal);
    } catch (cause) {
      // Stopped meanwhile: a connection that comes late is nobody's.
      connecting.then((late) => late.stop()).catch(() => {});
      throw cause;
    }
  }

  async #manage(connection: JanusConnection): Promise<AudioBridge> {
    const bridge = await connection.bridge();
    // Fails when our admin key is wrong: better the node says so than every room it is given.
    await bridge.listRooms();
    return bridge;
  }
}

/** Why the connection can be used no more. */
async function brokenOrSilent(connection: JanusConnection, bridge: AudioBridge): Promise<unknown> {
  const over = new AbortController();
  const silent = untilSilent(() => bridge.listRooms(), over.signal).catch((err: unknown) => err);
  try {
    return await Promise.race([connection.broken, silent]);
  } finally {
    over.abort(new Error("The connection is over"));
  }
}

/** As the promise, or a rejection as soon as the signal is aborted. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
