import { closeSync, constants, openSync, readSync, writeSync } from "node:fs";
import { AdtsParser } from "../../hls/adts.ts";
import { childCommand } from "./child_command.ts";
import { ADTS_FORMAT } from "./encoding.ts";

/** What a pipe of Linux holds (pipe(7)): one read empties it. All pipes are read into the same memory, one at a time. */
const READ_BUFFER = new Uint8Array(65_536);
/**
 * Written before each read. To read an empty pipe without waiting is an error (EAGAIN), and to make an Error costs a
 * hundred reads. No frame begins with this byte, and writes as short as a frame never mix (pipe(7)): the parser skips it.
 */
const FILLER = Uint8Array.of(0);

/**
 * The named pipe on which an FFmpeg gives its frames. Whoever waits on a pipe is woken for every frame; this one is
 * never waited on but looked into when a frame matters, which costs a microsecond.
 */
export class FramePipe {
  readonly #fd: number;
  #parser = new AdtsParser(ADTS_FORMAT);

  private constructor(readonly path: string) {
    this.#fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  }

  /**
   * Makes the pipe.
   *
   * @throws Error when there can be none at that path.
   */
  static async create(path: string): Promise<FramePipe> {
    const { success, stderr } = await childCommand("mkfifo", ["-m", "600", path], {
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr).trim());
    return new FramePipe(path);
  }

  /** The raw AAC frames written since the last read. Never waits. */
  read(): Uint8Array<ArrayBuffer>[] {
    return this.#parser.push(READ_BUFFER.subarray(0, this.#readBytes()));
  }

  /** Forgets what is in the pipe: its writer is gone, and its last frame may be half a one. */
  clear(): void {
    this.#readBytes();
    this.#parser = new AdtsParser(ADTS_FORMAT);
  }

  async remove(): Promise<void> {
    closeSync(this.#fd);
    await Deno.remove(this.path).catch(() => {});
  }

  #readBytes(): number {
    try {
      writeSync(this.#fd, FILLER);
    } catch { /* the pipe is full: there is enough to read */ }
    return readSync(this.#fd, READ_BUFFER);
  }
}
