import type { LiveMeta } from "../../contracts/room.ts";
import type { Log } from "../../platform/log.ts";
import { CLASSIC_SEGMENT_S, type ClassicOutput } from "./ffmpeg_args.ts";

/** A broadcast's classic rendition: `.ts` segments that FFmpeg's own HLS muxer writes to a folder. */
export class ClassicRendition {
  #ended = false;

  private constructor(private readonly dir: string, readonly output: ClassicOutput) {}

  /**
   * Makes the folder. Segment numbers begin at the wall time in segments, so that a later broadcast's go on upward.
   * Without a folder (the disk is full) there is no classic rendition, and nothing else is touched.
   *
   * @param root The folder of all classic renditions of this mixer.
   */
  static async create(root: string, live: LiveMeta, log: Log): Promise<ClassicRendition> {
    const dir = `${root}/${live.liveId}`;
    await Deno.mkdir(dir, { recursive: true }).catch((err) => {
      log.error({ err, live: live.liveId }, "no folder could be made: no classic rendition");
    });
    const startNumber = Math.floor(live.startedAt / 1000 / CLASSIC_SEGMENT_S);
    return new ClassicRendition(dir, { dir, prefix: live.liveId, startNumber });
  }

  /** From now on the playlist says that nothing follows. */
  end(): void {
    this.#ended = true;
  }

  /** The playlist, or null when FFmpeg has written none yet (or the disk is full). */
  async playlist(): Promise<string | null> {
    const text = await Deno.readTextFile(`${this.dir}/index.m3u8`).catch(() => "");
    if (!text.startsWith("#EXTM3U") || !text.includes("#EXTINF")) return null;
    return this.#ended && !text.includes("#EXT-X-ENDLIST") ? `${text}#EXT-X-ENDLIST\n` : text;
  }

  /** A segment's bytes, or null. The name was checked against the grammar of the path. */
  async segment(file: string): Promise<Uint8Array<ArrayBuffer> | null> {
    return await Deno.readFile(`${this.dir}/${file}`).catch(() => null);
  }

  /** Removes the folder. */
  async remove(): Promise<void> {
    await Deno.remove(this.dir, { recursive: true }).catch(() => {});
  }
}
