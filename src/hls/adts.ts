/** What an ADTS stream must be for the packager to take its frames (ISO/IEC 13818-7 §6.2). */
export interface AdtsFormat {
  /** MPEG-4 audio object type; 2 is AAC-LC. */
  readonly objectType: number;
  readonly sampleRate: number;
  readonly channels: number;
}

/** A parsed ADTS header. Sizes are in bytes, header included in `frameLength`. */
export interface AdtsHeader extends AdtsFormat {
  readonly headerLength: number;
  readonly frameLength: number;
}

const SAMPLE_RATES = [
  ...[96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050],
  ...[16000, 12000, 11025, 8000, 7350],
] as const;

/** The shortest header; with a CRC it is two bytes longer. */
const MIN_HEADER = 7;

/** Reads the ADTS header at `offset`, or null when there is none (needs 7 bytes). */
export function readAdtsHeader(bytes: Uint8Array, offset: number): AdtsHeader | null {
  const at = (index: number) => bytes[offset + index] ?? 0;
  if (bytes.length - offset < MIN_HEADER) return null;
  if (at(0) !== 0xff || (at(1) & 0xf6) !== 0xf0) return null;
  const sampleRate = SAMPLE_RATES[(at(2) >> 2) & 0x0f];
  const headerLength = (at(1) & 1) === 1 ? 7 : 9;
  const frameLength = ((at(3) & 3) << 11) | (at(4) << 3) | (at(5) >> 5);
  if (sampleRate === undefined || frameLength <= headerLength) return null;
  if ((at(6) & 3) !== 0) return null;
  return {
    objectType: (at(2) >> 6) + 1,
    sampleRate,
    channels: ((at(2) & 1) << 2) | (at(3) >> 6),
    headerLength,
    frameLength,
  };
}

const NOTHING = new Uint8Array(0);

/** Cuts a byte stream into raw AAC frames. Bytes that are no frame of the format are skipped and counted. */
export class AdtsParser {
  #rest: Uint8Array = NOTHING;
  #skipped = 0;

  constructor(private readonly format: AdtsFormat) {}

  /** Bytes skipped so far because no frame of the format began there. */
  get skippedBytes(): number {
    return this.#skipped;
  }

  /** Takes in bytes (copied where kept) and gives the raw frames, without headers, that are now whole. */
  push(chunk: Uint8Array): Uint8Array<ArrayBuffer>[] {
    const bytes = this.#join(chunk);
    const frames: Uint8Array<ArrayBuffer>[] = [];
    let offset = 0;
    while (bytes.length - offset >= MIN_HEADER) {
      const header = readAdtsHeader(bytes, offset);
      if (header === null || !this.#fits(header)) {
        offset += 1;
        this.#skipped += 1;
        continue;
      }
      if (bytes.length - offset < header.frameLength) break;
      frames.push(bytes.slice(offset + header.headerLength, offset + header.frameLength));
      offset += header.frameLength;
    }
    this.#rest = offset === bytes.length ? NOTHING : bytes.slice(offset);
    return frames;
  }

  #join(chunk: Uint8Array): Uint8Array {
    if (this.#rest.length === 0) return chunk;
    const joined = new Uint8Array(this.#rest.length + chunk.length);
    joined.set(this.#rest);
    joined.set(chunk, this.#rest.length);
    return joined;
  }

  #fits(header: AdtsHeader): boolean {
    const { objectType, sampleRate, channels } = this.format;
    return header.objectType === objectType && header.sampleRate === sampleRate &&
      header.channels === channels;
  }
}
