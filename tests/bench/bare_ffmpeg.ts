import { freeClusterPorts } from "../../deploy/local/cluster_ports.ts";
import { AdtsParser } from "../../src/hls/adts.ts";
import { ADTS_FORMAT, ENCODER_ARGS } from "../../src/media/mixer/encoding.ts";
import { sessionDescription } from "../../src/media/mixer/sdp.ts";

const range = freeClusterPorts({ gateways: 0, edges: 0, mixers: 1, januses: 0 }).rtp;
let nextPort = range.min;

/** An even UDP port that nothing had bound when the bench began, each call another. */
export function rtpPort(): number {
  const port = nextPort;
  nextPort += 2;
  if (nextPort > range.max) nextPort = range.min;
  return port;
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
  #ended = false;

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
    void this.#child.status.then(() => this.#ended = true);
    void this.#feed(sessionDescription({ host: "127.0.0.1", port, from: null }));
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** It has ended by itself: its port was taken, or no RTP came. */
  get ended(): boolean {
    return this.#ended;
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
    if (!this.#ended) this.#child.kill("SIGKILL");
    await this.#child.status;
  }

  async #feed(sdp: string): Promise<void> {
    const writer = this.#child.stdin.getWriter();
    try {
      await writer.write(new TextEncoder().encode(sdp));
      await writer.close();
    } catch { /* it ended before it read: `ended` tells */ }
  }
}
