import { childCommand } from "./child_command.ts";

/** Whether FFmpeg can be run at all. Once it could, it is believed to; until then it is tried again at every look. */
export class FfmpegCheck {
  #reason: string | null = "FFmpeg has not been tried yet";

  constructor(private readonly ffmpeg: string) {}

  /** What the last look found: null, or what is wrong. */
  get reason(): string | null {
    return this.#reason;
  }

  /** Null when FFmpeg can be run; else what is wrong. */
  async look(): Promise<string | null> {
    if (this.#reason !== null) this.#reason = await this.#try();
    return this.#reason;
  }

  async #try(): Promise<string | null> {
    try {
      // As it is run for rooms: that command alone may be permitted.
      const { code } = await childCommand(this.ffmpeg, ["-hide_banner", "-version"], {
        stdin: "null",
        stdout: "null",
        stderr: "null",
      }).output();
      if (code === 0) return null;
    } catch { /* no setpriv, or it may not be run */ }
    return `${this.ffmpeg} cannot be run (ROOMCAST_FFMPEG)`;
  }
}
