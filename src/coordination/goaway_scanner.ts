/** The frame header's length and the type of a GOAWAY frame (RFC 9113 §4.1, §6.8). */
const HEADER_BYTES = 9;
const GOAWAY = 0x7;

/** Looks for GOAWAY in what an HTTP/2 server sends, which is frames from its first byte on. */
export class GoawayScanner {
  readonly #header = new Uint8Array(HEADER_BYTES);
  #have = 0;
  /** Bytes left of the payload that is passing. */
  #payload = 0;

  /** How many bytes of the chunk may pass: all of them, or those before a GOAWAY frame is known to begin. */
  pass(chunk: Uint8Array): { readonly bytes: number; readonly goaway: boolean } {
    let at = 0;
    while (at < chunk.length) {
      if (this.#payload > 0) {
        const passing = Math.min(this.#payload, chunk.length - at);
        this.#payload -= passing;
        at += passing;
        continue;
      }
      const part = chunk.subarray(at, at + HEADER_BYTES - this.#have);
      this.#header.set(part, this.#have);
      this.#have += part.length;
      if (this.#have === HEADER_BYTES) {
        const [high = 0, middle = 0, low = 0, type] = this.#header;
        if (type === GOAWAY) return { bytes: at, goaway: true };
        this.#payload = (high << 16) | (middle << 8) | low;
        this.#have = 0;
      }
      at += part.length;
    }
    return { bytes: chunk.length, goaway: false };
  }
}
