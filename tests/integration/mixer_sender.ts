import { createSocket } from "node:dgram";
import { OPUS_PAYLOAD_TYPE } from "../../src/media/mixer/sdp.ts";
import type { Running } from "../../src/platform/lifecycle.ts";

export interface SenderOptions {
  /** Where RTP goes. */
  readonly port: number;
  /** The tone's pitch in Hz. */
  readonly hz: number;
  readonly ssrc: number;
  /** The address it sends from. */
  readonly from?: string;
}

/** A real Opus sender that plays a tone, as a Janus forwarder would. It ends without an RTCP BYE, as those do. */
export function sendTone({ port, hz, ssrc, from = "127.0.0.1" }: SenderOptions): Running {
  const child = new Deno.Command("setpriv", {
    args: [
      ...["--pdeathsig", "KILL", "ffmpeg", "-hide_banner", "-loglevel", "error", "-nostdin", "-re"],
      ...["-f", "lavfi", "-i", `sine=frequency=${hz}:sample_rate=48000`, "-af", "volume=4"],
      ...["-c:a", "libopus", "-ac", "2", "-b:a", "64k", "-frame_duration", "20"],
      ...["-application", "lowdelay", "-payload_type", String(OPUS_PAYLOAD_TYPE)],
      ...["-ssrc", String(ssrc), "-f", "rtp", `rtp://127.0.0.1:${port}?localaddr=${from}`],
    ],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  return {
    stop: async () => {
      try {
        child.kill("SIGKILL");
      } catch { /* it has ended */ }
      await child.status;
    },
  };
}

/** Sends an RTCP BYE (RFC 3550 §6.6) of a source, named twice: FFmpeg reads nothing under twelve bytes. */
export async function sendBye(port: number, ssrc: number, from: string): Promise<void> {
  const packet = new DataView(new ArrayBuffer(12));
  packet.setUint32(0, 0x82cb0002);
  packet.setUint32(4, ssrc);
  packet.setUint32(8, ssrc);
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, from, resolve));
  await new Promise((resolve) =>
    socket.send(new Uint8Array(packet.buffer), port, "127.0.0.1", resolve)
  );
  await new Promise<void>((resolve) => socket.close(resolve));
}
