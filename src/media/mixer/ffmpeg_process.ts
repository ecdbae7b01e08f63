import { childCommand } from "./child_command.ts";

export interface FfmpegOptions {
  readonly ffmpeg: string;
  readonly args: readonly string[];
  readonly sdp: string;
}

/** How many of its last words are kept for the log. */
const STDERR_CHARS = 600;

/** One FFmpeg from spawn to exit. It dies with this process, however that ends. */
export class FfmpegProcess {
  readonly #child: Deno.ChildProcess;
  readonly #reading: Promise<void>;
  #stderr = "";

  constructor(private readonly options: FfmpegOptions) {
    this.#child = childCommand(options.ffmpeg, options.args, {
      stdin: "piped",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    void this.#writeSdp();
    this.#reading = this.#readStderr();
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Resolves when it has ended and all it said was read. Its exit code says nothing: FFmpeg fails with 0. */
  async ended(): Promise<void> {
    await Promise.all([this.#child.status, this.#reading]);
  }

  /** The last of what it said on standard error. */
  get lastWords(): string {
    return this.#stderr.trim();
  }

  /** Ends it at once: it holds nothing worth saving, and one that hangs hears no other signal. */
  async kill(): Promise<void> {
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

  async #readStderr(): Promise<void> {
    for await (const text of this.#child.stderr.pipeThrough(new TextDecoderStream())) {
      this.#stderr = (this.#stderr + text).slice(-STDERR_CHARS);
    }
  }
}
