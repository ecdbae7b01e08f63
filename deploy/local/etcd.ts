import { z } from "zod";
import { EtcdHttp } from "../../src/coordination/etcd_http.ts";
import { type LocalProcess, startProcess, waitUntil } from "./process.ts";

import type { TlsFiles } from "./tls_files.ts";

const Health = z.object({ health: z.coerce.string() });

export interface LocalEtcd extends LocalProcess {
  readonly url: string;
}

export interface LocalEtcdOptions {
  readonly dir: string;
  readonly clientPort: number;
  readonly peerPort: number;
  readonly logFile: string;
  /** TLS, and nobody let in without a certificate of that CA. */
  readonly tls?: TlsFiles;
}

/** Starts one etcd with its data in `dir`. */
export async function startEtcd(options: LocalEtcdOptions): Promise<LocalEtcd> {
  const { dir, clientPort, peerPort, logFile, tls } = options;
  const url = `${tls ? "https" : "http"}://127.0.0.1:${clientPort}`;
  const peer = `http://127.0.0.1:${peerPort}`;
  const process = await startProcess({
    name: "etcd",
    command: "etcd",
    args: [
      ...["--name", "local", "--data-dir", dir, "--logger", "zap", "--log-level", "warn"],
      ...["--listen-client-urls", url, "--advertise-client-urls", url],
      ...["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer],
      ...["--initial-cluster", `local=${peer}`, "--auto-compaction-retention", "1"],
      // Its clients ask every 5 s whether it still lives, which is just what it allows: one early ping too many, and
      // it would send them away.
      ...["--grpc-keepalive-min-time", "1s"],
      ...(tls
        ? [
          ...["--cert-file", tls.cert, "--key-file", tls.key],
          ...["--trusted-ca-file", tls.ca, "--client-cert-auth"],
        ]
        : []),
    ],
    logFile,
  });
  using etcd = new EtcdHttp({
    hosts: [url],
    tls: tls === undefined ? null : {
      ca: await Deno.readTextFile(tls.ca),
      cert: await Deno.readTextFile(tls.clientCert),
      key: await Deno.readTextFile(tls.clientKey),
    },
    user: null,
  });
  await waitUntil(
    process,
    logFile,
    async () => Health.parse(await etcd.ask("/health")).health === "true",
  );
  return { ...process, url };
}
