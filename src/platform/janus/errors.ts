import { JanusError } from "./types.ts";

/** How long (ms) one request to Janus may take. */
export const REQUEST_LIMIT_MS = 5000;

/** janode gives Janus's errors as `Error("486 Room 1234 already exists")`. */
const CODE_AND_REASON = /^(\d{3}) (.+)$/s;

/** Whatever a request failed with, as a JanusError that says what was tried. */
export function toJanusError(cause: unknown, tried: string): JanusError {
  if (cause instanceof JanusError) return cause;
  const message = messageOf(cause);
  const match = CODE_AND_REASON.exec(message);
  const code = match?.[1] === undefined ? null : Number(match[1]);
  return new JanusError(`Cannot ${tried}: ${match?.[2] ?? message}`, code, { cause });
}

/**
 * The outcome of a request, or a JanusError after the limit: janode itself waits for ever.
 *
 * @throws JanusError
 */
export async function limited<T>(
  tried: string,
  request: Promise<T>,
  limitMs = REQUEST_LIMIT_MS,
): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new JanusError(`Cannot ${tried}: Janus did not answer in time`, null)),
    limitMs,
  );
  try {
    return await Promise.race([request, late.promise]);
  } catch (cause) {
    throw toJanusError(cause, tried);
  } finally {
    clearTimeout(timer);
  }
}

/** WebSocket failures come as events, which have a message but are no Error. */
function messageOf(cause: unknown): string {
  if (typeof cause === "object" && cause !== null && "message" in cause) {
    return String(cause.message) || "no reason given";
  }
  return String(cause);
}
