import { AppError } from "../../contracts/errors.ts";
import type { Running } from "../../platform/lifecycle.ts";
import type { Log } from "../../platform/log.ts";
import type { JanusConnection, JanusConnector } from "../../platform/janus/types.ts";
import { JanusLink } from "./janus_link.ts";

export interface JanusLinksOptions {
  readonly connect: JanusConnector;
  readonly apiSecret: string;
  /** Whether a Janus at this URL is still to be kept in touch with. */
  readonly wanted: (url: string) => boolean;
  readonly log: Log;
}

/** One connection to each Janus, shared by all members, and made anew whenever it breaks. */
export class JanusLinks implements Running {
  readonly #links = new Map<string, JanusLink>();
  #stopped = false;

  constructor(private readonly options: JanusLinksOptions) {}

  /** Connects ahead of the first member. */
  warm(url: string): void {
    this.#link(url);
  }

  /** @throws AppError `unavailable` when the Janus cannot be reached before the signal is aborted. */
  get(url: string, signal: AbortSignal): Promise<JanusConnection> {
    return this.#link(url).get(signal);
  }

  /** The connection after one that broke. @throws AppError `unavailable` as soon as a try to make it fails. */
  after(broken: JanusConnection, url: string, signal: AbortSignal): Promise<JanusConnection> {
    return this.#link(url).after(broken, signal);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all([...this.#links.values()].map((link) => link.stop()));
  }

  #link(url: string): JanusLink {
    if (this.#stopped) throw new AppError("unavailable", "This gateway is shutting down");
    const known = this.#links.get(url);
    if (known) return known;
    const { connect, apiSecret, wanted, log } = this.options;
    const link = new JanusLink({
      connect: () => connect({ url, apiSecret }),
      wanted: () => wanted(url),
      onEnded: () => this.#links.delete(url),
      log: log.child({ janus: new URL(url).host }),
    });
    this.#links.set(url, link);
    link.start();
    return link;
  }
}
