import { sleep } from "../../platform/backoff.ts";
import { limited } from "../../platform/janus/errors.ts";

/** How often (ms) Janus is asked. */
const EVERY_MS = 400;
/** How long (ms) an answer may take; the second limit is for asking once more, for it may be us who were held up. */
const LIMITS_MS = [800, 400] as const;

/**
 * Asks again and again, and rejects when no answer came: a Janus that hangs closes nothing, and is found within 1.6 s.
 *
 * @throws JanusError of the question that was not answered, or the signal's reason when it is aborted.
 */
export async function untilSilent(
  ask: () => Promise<unknown>,
  signal: AbortSignal,
): Promise<never> {
  const [first, second] = LIMITS_MS;
  for (;;) {
    await sleep(EVERY_MS, signal);
    try {
      await limited("hear from Janus", ask(), first);
    } catch {
      await limited("hear from Janus", ask(), second);
    }
  }
}
