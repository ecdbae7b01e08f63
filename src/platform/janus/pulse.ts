import { limited } from "./errors.ts";
import type { JanodeSession } from "./janode.d.ts";

/** How often (ms) Janus is asked whether it is there, and how long it may take. */
const EVERY_MS = 1000;
const LIMIT_MS = 1000;
/** How many questions in a row may stay unanswered: more than one, for it may be us who were held up. */
const MISSES = 2;

/**
 * Asks Janus again and again whether it is there, for a frozen one closes nothing: it is found within 3 s. A late
 * answer costs little: seats are claimed again.
 *
 * @param onSilent Called once, when Janus no longer answers.
 * @returns How to end that.
 */
export function watchPulse(session: JanodeSession, onSilent: () => void): () => void {
  let misses = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let over = false;
  const ask = async () => {
    try {
      await limited("ask Janus", session.sendRequest({ janus: "keepalive" }), LIMIT_MS);
      misses = 0;
    } catch {
      misses += 1;
    }
    if (over) return;
    if (misses >= MISSES) onSilent();
    else timer = setTimeout(ask, misses > 0 ? 0 : EVERY_MS);
  };
  timer = setTimeout(ask, EVERY_MS);
  return () => {
    over = true;
    clearTimeout(timer);
  };
}
