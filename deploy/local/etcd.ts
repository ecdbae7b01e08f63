import { type LocalProcess, startProcess, waitUntil } from "./process.ts";

export interface LocalEtcd extends LocalProcess {
  readonly url: string;
}

/** Starts one etcd with its data in `dir`. */
export async function startEtcd(
  options: { dir: string; clientPort: number; peerPort: number; logFile: string },
): Promise<LocalEtcd> {
  const { dir, clientPort, peerPort, logFile } = options;
  const url = `http://127.0.0.1:${clientPort}`;
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
    ],
    logFile,
  });
  await waitUntil(process, logFile, async () => {
    const response = await fetch(`${url}/health`);
    return (await response.text()).includes("true");
  });
  return { ...process, url };
}
