import type { NodeId } from "../../contracts/ids.ts";
import type { SuspicionStore, Witness } from "../../coordination/suspicions.ts";
import { sleep } from "../../platform/backoff.ts";
import type { Running } from "../../platform/lifecycle.ts";

export interface MixerProbeOptions {
  readonly suspicions: Pick<SuspicionStore, "against" | "onChange">;
  readonly witness: Pick<Witness, "suspect" | "acquit">;
  /** The HLS origin of a mixer that gets the mix of a room here, or null: it is none of our business. */
  readonly origin: (mixerId: NodeId) => string | null;
}

/**
 * How long (ms) a mixer may take to answer; the second limit is for asking once more, for it may be us, or the whole
 * machine, who were held up. One that refuses us is not asked again.
 */
const LIMITS_MS = [1000, 500] as const;
/** Pause (ms) between two questions to one mixer. */
const EVERY_MS = 500;

/**
 * Asks mixers that somebody suspects whether they are there, and suspects those that do not answer: a second opinion
 * from another trade, before a room is moved.
 */
export class MixerProbe implements Running {
  readonly #abort = new AbortController();
  readonly #probes = new Map<NodeId, Promise<void>>();
  readonly #unsubscribe: () => void;

  constructor(private readonly options: MixerProbeOptions) {
    this.#unsubscribe = options.suspicions.onChange((kind, id) => {
      if (kind === "mixer") this.#look(id);
    });
  }

  async stop(): Promise<void> {
    this.#unsubscribe();
    this.#abort.abort(new Error("The probe was stopped"));
    await Promise.all(this.#probes.values());
  }

  #look(id: NodeId): void {
    if (this.#probes.has(id) || this.#abort.signal.aborted || !this.#isSuspected(id)) return;
    const probe = this.#probe(id).catch(() => {}).finally(() => {
      this.#probes.delete(id);
      this.#look(id);
    });
    this.#probes.set(id, probe);
  }

  async #probe(id: NodeId): Promise<void> {
    const { signal } = this.#abort;
    for (; this.#isSuspected(id); await sleep(EVERY_MS, signal)) {
      const origin = this.options.origin(id);
      const reason = origin === null ? null : await whyDead(origin, signal);
      if (signal.aborted) return;
      if (reason === null) this.options.witness.acquit("mixer", id);
      else this.options.witness.suspect("mixer", id, reason);
    }
  }

  #isSuspected(id: NodeId): boolean {
    return this.options.suspicions.against("mixer", id).length > 0;
  }
}

/** Null when the mixer answers; else why it counts as dead, in words. */
async function whyDead(origin: string, signal: AbortSignal): Promise<string | null> {
  let reason: string | null = null;
  for (const limitMs of LIMITS_MS) {
    const limit = AbortSignal.timeout(limitMs);
    try {
      const response = await fetch(`${origin}/livez`, { signal: AbortSignal.any([signal, limit]) });
      await response.body?.cancel();
      return response.ok ? null : `it answers with ${response.status}`;
    } catch (err) {
      reason = err instanceof Error ? err.message : String(err);
    }
    if (!limit.aborted) break;
  }
  return reason;
}
