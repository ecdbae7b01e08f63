import { AdtsParser } from "../hls/adts.ts";
import { ADTS_FORMAT } from "./encoding.ts";

export interface FfmpegOptions {
  readonly ffmpeg: string;
  readonly args: readonly string[];
  readonly sdp: string;
  readonly onFrame: (frame: Uint8Array<ArrayBuffer>) => void;
}

/** A frame at 64 kbit/s is some 180 bytes; a read takes a handful after a hiccup. */
const READ_BYTES = 4096;
/** How many of its last words are kept for the log. */
const STDERR_CHARS = 600;

/** One FFmpeg from spawn to exit. It dies with this process, however that ends (`setpriv --pdeathsig`). */
export class FfmpegProcess {
  readonly #child: Deno.ChildProcess;
  readonly #reading: Promise<unknown>;
  #stderr = "";
  #killed = false;

  constructor(private readonly options: FfmpegOptions) {
    this.#child = new Deno.Command("setpriv", {
      args: ["--pdeathsig", "KILL", options.ffmpeg, ...options.args],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    void this.#writeSdp();
    this.#reading = Promise.all([this.#readFrames(), this.#readStderr()]);
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Resolves when it has ended and all it wrote was read. Its exit code says nothing: FFmpeg fails with 0. */
  async ended(): Promise<void> {
    await Promise.all([this.#child.status, this.#reading]);
  }

  /** The last of what it said on standard error. */
  get lastWords(): string {
    return this.#stderr.trim();
  }

  /** Ends it at once: it holds nothing worth saving, and one that hangs hears no other signal. */
  async kill(): Promise<void> {
    this.#killed = true;
    try {
      this.#child.kill("SIGKILL");
    } catch { /* it has ended */ }
    await this.ended();
  }

  async #writeSdp(): Promise<void> {
    const writer = this.#child.stdin.getWriter();
    try {
      await writer.write(new TextEncoder().encode(this.options.sdp));
      await writer.close();
    } catch { /* it ended before it read: ended() tells */ }
  }

  /** With a buffer of our own: the stream would make a new one of 64 KiB for each frame. */
  async #readFrames(): Promise<void> {
    const parser = new AdtsParser(ADTS_FORMAT);
    const reader = this.#child.stdout.getReader({ mode: "byob" });
    let buffer = new Uint8Array(READ_BYTES);
    for (;;) {
      const { value, done } = await reader.read(buffer);
      if (done || value === undefined) return;
      if (!this.#killed) { for (const frame of parser.push(value)) this.options.onFrame(frame); }
      buffer = new Uint8Array(value.buffer);
    }
  }

  async #readStderr(): Promise<void> {
    for await (const text of this.#child.stderr.pipeThrough(new TextDecoderStream())) {
      this.#stderr = (this.#stderr + text).slice(-STDERR_CHARS);
    }
  }
}
