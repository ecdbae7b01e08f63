import { SOURCE_FRAMES_HEADER } from "../../contracts/hls.ts";

/** What an origin said, whole. */
export interface OriginAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** An origin that gives nothing good. */
export class OriginFailure extends Error {
  override readonly name = "OriginFailure";

  /** @param of `node`: it cannot be reached; `room`: it answers, but has not what it should have. */
  constructor(readonly of: "node" | "room", message: string, options: ErrorOptions = {}) {
    super(message, options);
  }
}

/**
 * Asks an origin.
 *
 * @throws OriginFailure when it cannot be reached, or says that it cannot serve (5xx).
 */
export async function askOrigin(url: string, signal: AbortSignal): Promise<OriginAnswer> {
  let answer: OriginAnswer;
  try {
    const response = await fetch(url, { signal });
    const body = new Uint8Array(await response.arrayBuffer());
    answer = { status: response.status, headers: response.headers, body };
  } catch (cause) {
    throw new OriginFailure("node", "The mixer cannot be reached", { cause });
  }
  if (answer.status < 500) return answer;
  throw new OriginFailure("room", `The mixer answered ${answer.status}`);
}

/** How many frames of a part came from the room. */
export function sourceFrames({ headers }: OriginAnswer): number {
  const frames = Number(headers.get(SOURCE_FRAMES_HEADER) ?? 0);
  return Number.isInteger(frames) && frames >= 0 ? frames : 0;
}
