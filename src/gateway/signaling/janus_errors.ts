import { AppError } from "../../contracts/errors.ts";
import { AUDIOBRIDGE_ERRORS, JanusError } from "../../platform/janus/types.ts";

/** What a caller is told of a Janus that refused, or did not answer. Anything else stays what it is. */
export function fromJanusError(err: unknown): unknown {
  if (!(err instanceof JanusError)) return err;
  if (err.code === AUDIOBRIDGE_ERRORS.noSuchRoom || err.code === null) {
    return new AppError("unavailable", "The room's media server cannot serve it just now", {
      cause: err,
      retryAfterS: 1,
    });
  }
  return new AppError("media_failed", err.message.slice(0, 200), { cause: err });
}

/** @throws AppError `media_failed` or `unavailable` for a JanusError. */
export async function onJanus<T>(request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch (err) {
    throw fromJanusError(err);
  }
}
