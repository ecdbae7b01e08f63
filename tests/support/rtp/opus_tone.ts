import { findCommand } from "../../../src/doctor/find.ts";

/** How long (s) a loop of packets lasts: a tone of a whole number of Hz goes on through its end. */
const LOOP_S = 1;
/** Opus packets in a second. */
const PACKETS_PER_S = 50;
/** Seconds of the encoder's output before the loop is taken: its first packets differ. */
const SETTLE_S = 1;

/**
 * A second of a tone as Opus packets of 20 ms, which can be sent again and again.
 *
 * @param hz A whole number.
 * @throws Error when FFmpeg gives no such packets.
 */
export async function opusTone(hz: number): Promise<Uint8Array[]> {
  const seconds = SETTLE_S + LOOP_S + 1;
  const source = `sine=frequency=${hz}:sample_rate=48000:duration=${seconds}`;
  const { stdout, stderr } = await new Deno.Command(findCommand("ffmpeg") ?? "ffmpeg", {
    args: [
      ...["-hide_banner", "-loglevel", "error", "-nostdin", "-f", "lavfi", "-i", source],
      ...["-af", "volume=3", "-c:a", "libopus", "-ac", "1", "-b:a", "48k"],
      ...["-frame_duration", "20", "-application", "lowdelay", "-f", "ogg", "pipe:1"],
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const first = 2 + SETTLE_S * PACKETS_PER_S;
  const packets = oggPackets(stdout).slice(first, first + LOOP_S * PACKETS_PER_S);
  if (packets.length < LOOP_S * PACKETS_PER_S) {
    throw new Error(`Cannot encode a tone: ${new TextDecoder().decode(stderr).trim()}`);
  }
  return packets;
}

/** The packets of an Ogg stream (RFC 3533 §6), the two headers (RFC 7845 §3) first. */
export function oggPackets(bytes: Uint8Array): Uint8Array[] {
  const packets: Uint8Array[] = [];
  let open: number[] = [];
  for (let page = 0; page + 27 <= bytes.length;) {
    const count = bytes[page + 26] ?? 0;
    const lacing = bytes.subarray(page + 27, page + 27 + count);
    let at = page + 27 + count;
    for (const length of lacing) {
      open.push(...bytes.subarray(at, at + length));
      at += length;
      if (length === 255) continue;
      packets.push(Uint8Array.from(open));
      open = [];
    }
    page = at;
  }
  return packets;
}
