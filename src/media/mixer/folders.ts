import type { Config } from "../../platform/config.ts";
import type { Log } from "../../platform/log.ts";

/** Where a mixer keeps what it has on disk; no other mixer has the same. */
export interface MixerFolders {
  /** The classic renditions. */
  readonly classicDir: string;
  /** The pipes on which FFmpeg gives its frames; an absolute path. */
  readonly pipeDir: string;
}

/**
 * Makes a mixer's folders. Where no classic rendition can be written, there is none, and nothing else is touched.
 *
 * @throws Deno.errors when there can be no pipes.
 */
export async function mixerFolders(config: Config, log: Log): Promise<MixerFolders> {
  const { ROOMCAST_DATA_DIR: root, ROOMCAST_NODE_ID: id } = config;
  const classicDir = `${root}/hls/${id}`;
  await Deno.mkdir(classicDir, { recursive: true }).catch((err) => {
    log.error({ err }, "no folder could be made for classic renditions: there are none");
  });
  const pipes = `${root}/pipes/${id}`;
  await Deno.mkdir(pipes, { recursive: true });
  return { classicDir, pipeDir: await Deno.realPath(pipes) };
}
