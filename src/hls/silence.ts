/**
 * The raw AAC frame of silence, as FFmpeg's encoder makes it with the settings of the rooms (AAC-LC, 48 kHz, mono) once
 * it has settled. A test holds it against FFmpeg. Whoever fills a gap must use this one, so that it cannot be heard where.
 */
export const SILENCE: Uint8Array<ArrayBuffer> = Uint8Array.of(0x01, 0x18, 0x20, 0x07);
