import type { Witness } from "../../coordination/suspicions.ts";
import { sleep } from "../../platform/backoff.ts";
import type { Running } from "../../platform/lifecycle.ts";
import type { Origin } from "./origins.ts";
import { askOrigin } from "./upstream.ts";

/** How long (ms) an answer to "are you alive" may take. */
const PROBE_LIMIT_MS = 1000;
/** How long (ms) from one such question to the next. */
const PROBE_EVERY_MS = 400;
/** A mixer that no listener has wanted for this long (ms) is asked no more. */
const WANTED_MS = 10_000;
/** For so long (ms) after a mixer was seen alive, a part that is late is the room's fault and not the node's. */
const PROVEN_MS = 3000;
/** So many failures in a row make a suspicion. */
const SUSPICIOUS = 2;

interface Illness {
  failures: number;
  wantedAt: number;
}

/**
 * Which mixers answer, learnt from every request to them. One that failed is asked whether it lives, until it answers or
 * nobody wants it: so listeners need not wait for it each time, and others learn soon that it is dead.
 */
export class OriginHealth implements Running {
  readonly #ill = new Map<string, Illness>();
  readonly #proven = new Map<string, number>();
  readonly #abort = new AbortController();

  constructor(private readonly witness: Pick<Witness, "suspect" | "acquit">) {}

  /** Whether the mixer has not answered since it last failed. */
  isIll({ url }: Origin): boolean {
    return this.#ill.has(url);
  }

  /** A listener would be served from there. */
  want({ url }: Origin): void {
    const illness = this.#ill.get(url);
    if (illness) illness.wantedAt = performance.now();
  }

  /** The mixer gave an answer. */
  answered({ mixerId, url }: Origin): void {
    if (!this.#ill.delete(url)) return;
    this.witness.acquit("mixer", mixerId);
  }

  /** The mixer refused, or broke off. */
  refused(origin: Origin): void {
    this.#failed(origin, `GET ${origin.url}: no connection`);
  }

  /** The mixer said nothing in time. */
  late(origin: Origin): void {
    const proven = this.#proven.get(origin.url) ?? -Infinity;
    if (performance.now() - proven < PROVEN_MS) return;
    this.#failed(origin, `GET ${origin.url}: no answer in time`);
  }

  stop(): Promise<void> {
    this.#abort.abort();
    this.#ill.clear();
    return Promise.resolve();
  }

  #failed(origin: Origin, reason: string): void {
    if (this.#abort.signal.aborted) return;
    const illness = this.#ill.get(origin.url);
    if (illness === undefined) {
      const first = { failures: 1, wantedAt: performance.now() };
      this.#ill.set(origin.url, first);
      void this.#probe(origin, first).catch(() => {});
      return;
    }
    illness.failures += 1;
    if (illness.failures >= SUSPICIOUS) this.witness.suspect("mixer", origin.mixerId, reason);
  }

  async #probe(origin: Origin, illness: Illness): Promise<void> {
    const { signal } = this.#abort;
    const wanted = () => performance.now() - illness.wantedAt < WANTED_MS;
    while (this.#ill.get(origin.url) === illness && wanted()) {
      try {
        const limit = AbortSignal.timeout(PROBE_LIMIT_MS);
        await askOrigin(`${origin.url}/livez`, AbortSignal.any([signal, limit]));
        this.#proven.set(origin.url, performance.now());
        this.answered(origin);
      } catch {
        this.#failed(origin, `GET ${origin.url}/livez: no answer`);
        await sleep(PROBE_EVERY_MS, signal);
      }
    }
    if (this.#ill.get(origin.url) === illness) this.#ill.delete(origin.url);
    this.#forgetProofs();
  }

  #forgetProofs(): void {
    for (const [url, at] of this.#proven) {
      if (performance.now() - at > PROVEN_MS) this.#proven.delete(url);
    }
  }
}
