import { type LocalNginxOptions, writeNginxConfig } from "../../deploy/local/nginx.ts";
import { accepts, startProcess, waitUntil } from "../../deploy/local/process.ts";
import { findCommand } from "../../src/doctor/find.ts";
import type { Running } from "../../src/platform/lifecycle.ts";
import { until } from "./until.ts";

/** An nginx as operators run it, a master and its workers, which can be replaced while it serves. */
export interface NginxMaster extends Running {
  readonly url: string;
  /** Workers with the configuration as it is now take over; resolves when the old ones are gone. */
  reload(): Promise<void>;
  /** Another nginx takes over the listening socket (`USR2`, `QUIT`); resolves when the old one is gone. */
  upgrade(): Promise<void>;
}

/** Starts nginx in the background, and ends it when it is told to or dies with whoever started it. */
const KEEPER = `trap 'kill "$(cat "$1/nginx.pid")"; exit' TERM
"$2" -p "$1" -c "$3" -e stderr
while :; do sleep 1 & wait $!; done`;

/** @throws StartError when it does not come up. */
export async function startNginxMaster(options: LocalNginxOptions): Promise<NginxMaster> {
  const { dir, port, logFile } = options;
  const config = await writeNginxConfig({ ...options, daemon: true });
  const keeper = await startProcess({
    name: "nginx",
    command: "sh",
    // An upgrade runs nginx by its path, without a search.
    args: ["-c", KEEPER, "sh", dir, findCommand("nginx") ?? "nginx", config],
    logFile,
    deathSignal: "TERM",
  });
  await waitUntil(keeper, logFile, () => accepts(port));
  const master = async () => Number(await Deno.readTextFile(`${dir}/nginx.pid`));
  return {
    url: `http://127.0.0.1:${port}`,
    reload: async () => {
      const pid = await master();
      const old = new Set(await childrenOf(pid));
      Deno.kill(pid, "SIGHUP");
      await until("new workers and no old ones", async () => {
        const now = await childrenOf(pid);
        return now.length > 0 && now.every((worker) => !old.has(worker));
      });
    },
    upgrade: async () => {
      const old = await master();
      Deno.kill(old, "SIGUSR2");
      await until("another nginx with workers", async () => {
        const now = await master();
        return now !== old && (await childrenOf(now)).length > 0;
      });
      Deno.kill(old, "SIGQUIT");
      await until("the end of the old nginx", () => !isThere(old));
    },
    stop: async () => {
      const last = await master();
      await keeper.stop();
      await until("the end of nginx", () => !isThere(last));
    },
  };
}

async function childrenOf(pid: number): Promise<number[]> {
  const text = await Deno.readTextFile(`/proc/${pid}/task/${pid}/children`);
  return text.split(" ").filter((word) => word !== "").map(Number);
}

function isThere(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
  } catch {
    return false;
  }
}
