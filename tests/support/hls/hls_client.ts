import { SOURCE_FRAMES_HEADER } from "../../../src/contracts/hls.ts";

/** A request that was not answered with 200. */
export class FailedRequest extends Error {
  override readonly name = "FailedRequest";
}

/** An answer, whole. */
export interface Fetched {
  readonly bytes: Uint8Array;
  /** How many frames of a part came from the room; 0 where nothing is said of that. */
  readonly sourceFrames: number;
}

/** How long (ms) an answer may take: more than the three target durations a server may block. */
const LIMIT_MS = 10_000;

/** Fetches what a playlist names, as a player does. */
export class HlsClient {
  constructor(private readonly playlistUrl: string, private readonly signal: AbortSignal) {}

  /** @throws FailedRequest */
  async playlist(query = ""): Promise<string> {
    return new TextDecoder().decode((await this.#fetch(`${this.playlistUrl}${query}`)).bytes);
  }

  /** @throws FailedRequest */
  async media(uri: string): Promise<Fetched> {
    return await this.#fetch(new URL(uri, this.playlistUrl).href);
  }

  async #fetch(url: string): Promise<Fetched> {
    const signal = AbortSignal.any([this.signal, AbortSignal.timeout(LIMIT_MS)]);
    const path = new URL(url).pathname + new URL(url).search;
    try {
      const response = await fetch(url, { signal });
      const bytes = new Uint8Array(await response.arrayBuffer());
      const sourceFrames = Number(response.headers.get(SOURCE_FRAMES_HEADER) ?? 0);
      if (response.status === 200) return { bytes, sourceFrames };
      throw new FailedRequest(`${path} was answered ${response.status}`);
    } catch (cause) {
      if (cause instanceof FailedRequest) throw cause;
      throw new FailedRequest(`${path} was not answered: ${String(cause)}`, { cause });
    }
  }
}
