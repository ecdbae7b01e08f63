import { accepts, type LocalProcess, startProcess, waitUntil } from "./process.ts";
import type { Upstreams } from "../../src/front_door/nginx_config.ts";
import { writeNginx } from "../../src/front_door/write_nginx.ts";

export interface LocalNginx extends LocalProcess {
  readonly url: string;
}

export interface LocalNginxOptions {
  /** Where its configuration, pid and temporary files are. */
  readonly dir: string;
  readonly port: number;
  /** The address it listens on. Default loopback only. */
  readonly bind?: string;
  /** The folder of the built pages. */
  readonly webRoot: string;
  readonly upstreams: Upstreams;
  /** Configuration for the server block, in files of these names: how an operator adds TLS. */
  readonly serverFiles?: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** True: a master and its workers in the background, as systemd runs it. Default: one process that dies with this one. */
  readonly daemon?: boolean;
}

/** Writes the shipped configuration, filled in, to `dir`. Gives the path of its main file. */
export async function writeNginxConfig(options: LocalNginxOptions): Promise<string> {
  const { dir, port, bind = "127.0.0.1", webRoot, upstreams, daemon = false } = options;
  const config = await writeNginx({
    DIR: dir,
    // A master that is killed leaves its workers behind; one process alone dies with its parent.
    MASTER_PROCESS: daemon ? "on" : "off",
    DAEMON: daemon ? "on" : "off",
    OPEN_FILES: "8192",
    CONNECTIONS: "4096",
    ERROR_LOG: "stderr",
    ACCESS_LOG: `${dir}/access.log`,
    LISTEN: `${bind}:${port}`,
    WEB_ROOT: webRoot,
  }, upstreams);
  await Deno.mkdir(`${dir}/server.d`, { recursive: true });
  for (const [name, text] of Object.entries(options.serverFiles ?? {})) {
    await Deno.writeTextFile(`${dir}/server.d/${name}`, text);
  }
  return config;
}

/** Starts one nginx as the front door, with nothing outside `dir`, as the user who calls. */
export async function startNginx(options: LocalNginxOptions): Promise<LocalNginx> {
  const { dir, port, logFile, bind = "127.0.0.1" } = options;
  const config = await writeNginxConfig(options);
  const process = await startProcess({
    name: "nginx",
    command: "nginx",
    args: ["-p", dir, "-c", config, "-e", "stderr"],
    logFile,
  });
  const host = bind === "0.0.0.0" ? "127.0.0.1" : bind;
  await waitUntil(process, logFile, () => accepts(port, host));
  return { ...process, url: `http://${host}:${port}` };
}
