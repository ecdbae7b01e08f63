import type { AdtsFormat } from "../../src/hls/adts.ts";
import { concat } from "../../src/hls/mp4.ts";

const SAMPLE_RATES = [96000, 88200, 64000, 48000, 44100];

/** A frame with its header (ISO/IEC 13818-7 §6.2), with room for a CRC when asked for. */
export function adtsFrame(payload: Uint8Array, format: AdtsFormat, crc: boolean): Uint8Array {
  const header = new Uint8Array(crc ? 9 : 7);
  const length = header.length + payload.length;
  const rate = SAMPLE_RATES.indexOf(format.sampleRate);
  header[0] = 0xff;
  header[1] = crc ? 0xf0 : 0xf1;
  header[2] = (format.objectType - 1) << 6 | rate << 2 | format.channels >> 2;
  header[3] = (format.channels & 3) << 6 | length >> 11;
  header[4] = length >> 3 & 0xff;
  header[5] = (length & 7) << 5 | 0x1f;
  header[6] = 0xfc;
  return concat([header, payload]);
}
