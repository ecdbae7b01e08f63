import { AdtsParser } from "../../src/media/hls/adts.ts";
import { ADTS_FORMAT, ENCODER_ARGS } from "../../src/media/mixer/encoding.ts";
import { sessionDescription } from "../../src/media/mixer/sdp.ts";

let lastPort = 27_998;

/** An even UDP port, each call another, below the range the kernel hands out by itself. */
export function rtpPort(): number {
  return lastPort += 2;
}

/** Sends Opus over RTP in real time, as a forwarder does, for as long as it runs. */
export class OpusSender {
  private constructor(readonly port: number, private readonly child: Deno.ChildProcess) {}

  static async start(port = rtpPort()): Promise<OpusSender> {
    const child = new Deno.Command("setpriv", {
      args: [
        ...["--pdeathsig", "KILL", "ffmpeg", "-hide_banner", "-loglevel", "error", "-re"],
        ...["-f", "lavfi", "-i", "anullsrc=r=48000:cl=mono", "-c:a", "libopus"],
        ...["-payload_type", "111", "-f", "rtp", `rtp://127.0.0.1:${port}`],
      ],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    return await Promise.resolve(new OpusSender(port, child));
  }

  async stop(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.child.status;
  }
}

/** The baseline: FFmpeg alone from Opus over RTP to AAC, with the codec settings of the rooms. */
export class BareFfmpeg {
  readonly #child: Deno.ChildProcess;

  /** @param output `pipe` for ADTS frames to read, `null` for none. */
  constructor(port: number, output: "pipe" | "null" = "pipe") {
    const out = output === "pipe"
      ? ["-flush_packets", "1", "-f", "adts", "pipe:1"]
      : ["-f", "null", "-"];
    this.#child = new Deno.Command("setpriv", {
      args: [
        ...["--pdeathsig", "KILL", "ffmpeg", "-hide_banner", "-loglevel", "error", "-nostats"],
        ...["-protocol_whitelist", "file,udp,rtp,pipe", "-f", "sdp", "-i", "pipe:0"],
        ...[...ENCODER_ARGS, ...out],
      ],
      stdin: "piped",
      stdout: output === "pipe" ? "piped" : "null",
      stderr: "null",
    }).spawn();
    void this.#feed(sessionDescription({ host: "127.0.0.1", port, from: null }));
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Resolves when it has written that many frames. */
  async frames(count: number): Promise<void> {
    const parser = new AdtsParser(ADTS_FORMAT);
    const reader = this.#child.stdout.getReader();
    for (let seen = 0; seen < count;) {
      const { value, done } = await reader.read();
      if (done) throw new Error("FFmpeg ended before it gave its frames");
      seen += parser.push(value).length;
    }
    reader.releaseLock();
  }

  async stop(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.status;
  }

  async #feed(sdp: string): Promise<void> {
    const writer = this.#child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(sdp));
    await writer.close();
  }
}
