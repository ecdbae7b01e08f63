import { accepts, type LocalProcess, startProcess, waitUntil } from "./process.ts";

import type { TlsFiles } from "./tls_files.ts";

export interface LocalRedis extends LocalProcess {
  readonly url: string;
}

export interface LocalRedisOptions {
  readonly dir: string;
  readonly port: number;
  readonly logFile: string;
  /** TLS alone; certificates of clients are asked for. */
  readonly tls?: TlsFiles;
  /** A file of ACL users. */
  readonly aclFile?: string;
}

/** Starts one Redis with its data in `dir`. */
export async function startRedis(options: LocalRedisOptions): Promise<LocalRedis> {
  const { dir, port, logFile, tls, aclFile } = options;
  await Deno.mkdir(dir, { recursive: true });
  const process = await startProcess({
    name: "redis",
    command: "redis-server",
    args: [
      ...(tls
        ? [
          ...["--port", "0", "--tls-port", String(port), "--tls-ca-cert-file", tls.ca],
          ...["--tls-cert-file", tls.cert, "--tls-key-file", tls.key],
        ]
        : ["--port", String(port)]),
      ...(aclFile === undefined ? [] : ["--aclfile", aclFile]),
      ...["--bind", "127.0.0.1", "--dir", dir],
      ...["--appendonly", "yes", "--save", "", "--daemonize", "no"],
    ],
    logFile,
  });
  await waitUntil(process, logFile, () => accepts(port));
  return { ...process, url: `${tls ? "rediss" : "redis"}://127.0.0.1:${port}` };
}
