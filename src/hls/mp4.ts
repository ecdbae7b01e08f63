/**
 * Writers for the fragmented MP4 of one AAC-LC track (ISO/IEC 14496-12 boxes, 14496-14 `esds`). The track's
 * timescale is the sample rate; every sample is one AAC frame of 1024.
 */

export interface TrackFormat {
  readonly sampleRate: number;
  readonly channels: number;
  /** Bits per second, for the decoder's information. */
  readonly bitrate: number;
}

const FRAME_SAMPLES = 1024;
const TRACK_ID = 1;

/** The initialisation segment: `ftyp` and `moov`. */
export function initSegment(format: TrackFormat): Uint8Array<ArrayBuffer> {
  return concat([
    box("ftyp", ascii("iso5"), u32(512), ascii("iso5iso6mp41")),
    box("moov", mvhd(format), trak(format), box("mvex", trex())),
  ]);
}

/**
 * One fragment (`moof` and `mdat`) of raw AAC frames.
 *
 * @param sequence The fragment's number, growing (`mfhd`).
 * @param firstSample Decode time of the first frame, in samples since the track's zero (`tfdt`).
 */
export function fragment(
  sequence: number,
  firstSample: bigint,
  frames: readonly Uint8Array[],
): Uint8Array<ArrayBuffer> {
  const trunSize = 20 + 4 * frames.length;
  const trafSize = 8 + 20 + 20 + trunSize;
  const moofSize = 8 + 16 + trafSize;
  const dataSize = frames.reduce((sum, frame) => sum + frame.length, 0);
  const out = new Uint8Array(moofSize + 8 + dataSize);
  const view = new DataView(out.buffer);
  let offset = 0;
  const word = (value: number) => {
    view.setUint32(offset, value >>> 0);
    offset += 4;
  };
  const head = (size: number, type: string, versionAndFlags?: number) => {
    word(size);
    for (let i = 0; i < 4; i++) out[offset++] = type.charCodeAt(i);
    if (versionAndFlags !== undefined) word(versionAndFlags);
  };
  head(moofSize, "moof");
  head(16, "mfhd", 0);
  word(sequence);
  head(trafSize, "traf");
  // default-base-is-moof, default duration and flags present.
  head(20, "tfhd", 0x020008);
  word(TRACK_ID);
  word(FRAME_SAMPLES);
  head(20, "tfdt", 0x01000000);
  view.setBigUint64(offset, firstSample);
  offset += 8;
  // data offset and sample sizes present.
  head(trunSize, "trun", 0x000201);
  word(frames.length);
  word(moofSize + 8);
  for (const frame of frames) word(frame.length);
  head(8 + dataSize, "mdat");
  for (const frame of frames) {
    out.set(frame, offset);
    offset += frame.length;
  }
  return out;
}

/** Where {@link fragment} writes the fragment's number, and the decode time of its first frame. */
const SEQUENCE_AT = 20;
const DECODE_TIME_AT = 64;

/** A copy of one of our fragments with another number and decode time (see {@link fragment}); null: it is not ours. */
export function renumber(
  bytes: Uint8Array<ArrayBuffer>,
  sequence: number,
  firstSample: bigint,
): Uint8Array<ArrayBuffer> | null {
  const typeAt = (at: number) => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (typeAt(12) !== "mfhd" || typeAt(DECODE_TIME_AT - 8) !== "tfdt") return null;
  const out = bytes.slice();
  const view = new DataView(out.buffer);
  view.setUint32(SEQUENCE_AT, sequence >>> 0);
  view.setBigUint64(DECODE_TIME_AT, firstSample);
  return out;
}

/** The two-byte AudioSpecificConfig of AAC-LC (ISO/IEC 14496-3 §1.6.2.1). */
export function audioSpecificConfig(
  { sampleRate, channels }: TrackFormat,
): Uint8Array<ArrayBuffer> {
  const index = [96000, 88200, 64000, 48000, 44100, 32000, 24000].indexOf(sampleRate);
  if (index < 0) throw new RangeError(`Cannot describe AAC at ${sampleRate} Hz`);
  const bits = (2 << 11) | (index << 7) | (channels << 3);
  return Uint8Array.of(bits >> 8, bits & 0xff);
}

function mvhd({ sampleRate }: TrackFormat): Uint8Array {
  return full("mvhd", 0, [
    ...[u32(0), u32(0), u32(sampleRate), u32(0)],
    ...[u32(0x00010000), u16(0x0100), u16(0), u32(0), u32(0)],
    ...[MATRIX, zeros(24), u32(TRACK_ID + 1)],
  ]);
}

function trak(format: TrackFormat): Uint8Array {
  const tkhd = full("tkhd", 3, [
    ...[u32(0), u32(0), u32(TRACK_ID), u32(0), u32(0), zeros(8)],
    ...[u16(0), u16(0), u16(0x0100), u16(0), MATRIX, u32(0), u32(0)],
  ]);
  const mdhd = full("mdhd", 0, [
    u32(0),
    u32(0),
    u32(format.sampleRate),
    u32(0),
    u16(0x55c4),
    u16(0),
  ]);
  const hdlr = full("hdlr", 0, [u32(0), ascii("soun"), zeros(12), ascii("Roomcast\0")]);
  const dinf = box("dinf", full("dref", 0, [u32(1), full("url ", 1, [])]));
  const empty = (type: string) => full(type, 0, [u32(0)]);
  const stbl = box(
    "stbl",
    full("stsd", 0, [u32(1), mp4a(format)]),
    empty("stts"),
    empty("stsc"),
    full("stsz", 0, [u32(0), u32(0)]),
    empty("stco"),
  );
  const minf = box("minf", full("smhd", 0, [u32(0)]), dinf, stbl);
  return box("trak", tkhd, box("mdia", mdhd, hdlr, minf));
}

function mp4a(format: TrackFormat): Uint8Array {
  return box(
    "mp4a",
    ...[zeros(6), u16(1), zeros(8), u16(format.channels), u16(16), zeros(4)],
    u32(format.sampleRate * 0x10000),
    esds(format),
  );
}

function esds(format: TrackFormat): Uint8Array {
  const specific = descriptor(5, audioSpecificConfig(format));
  // Object type 0x40: MPEG-4 audio; stream type 5 (audio) shifted, with the reserved bit set.
  const config = descriptor(
    4,
    concat([
      ...[u8(0x40), u8(0x15), zeros(3), u32(format.bitrate), u32(format.bitrate)],
      specific,
    ]),
  );
  const sync = descriptor(6, u8(2));
  return full("esds", 0, [descriptor(3, concat([u16(TRACK_ID), u8(0), config, sync]))]);
}

function trex(): Uint8Array {
  return full("trex", 0, [u32(TRACK_ID), u32(1), u32(FRAME_SAMPLES), u32(0), u32(0)]);
}

const MATRIX = concat([
  ...[u32(0x00010000), u32(0), u32(0), u32(0), u32(0x00010000), u32(0)],
  ...[u32(0), u32(0), u32(0x40000000)],
]);

function descriptor(tag: number, body: Uint8Array): Uint8Array {
  return concat([u8(tag), u8(body.length), body]);
}

function box(type: string, ...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const body = concat(parts);
  return concat([u32(8 + body.length), ascii(type), body]);
}

function full(type: string, flags: number, parts: readonly Uint8Array[]): Uint8Array {
  return box(type, u32(flags), ...parts);
}

function u8(value: number): Uint8Array {
  return Uint8Array.of(value);
}

function u16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 0xff);
}

function u32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
}

function zeros(length: number): Uint8Array {
  return new Uint8Array(length);
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

/** All bytes in one array. */
export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}
