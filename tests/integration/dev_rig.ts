import { ROOT } from "../../deploy/dev/root.ts";
import { freeClusterPorts } from "../../deploy/local/cluster_ports.ts";

/** A launcher under test. */
export interface Launcher {
  readonly child: Deno.ChildProcess;
  /** All it has printed up to now. */
  text(): string;
  /** Resolves with the text once it holds `part`; rejects when the launcher ends first. */
  says(part: string): Promise<string>;
}

/** Settings for a small Roomcast on free ports in `dir`. */
export function launcherEnv(dir: string): Record<string, string> {
  const ports = freeClusterPorts({ gateways: 1, edges: 1, mixers: 1, januses: 1 });
  return {
    ROOMCAST_DEV_DIR: dir,
    ROOMCAST_HTTP_BIND: "127.0.0.1",
    ROOMCAST_HTTP_PORT: String(ports.http),
    ROOMCAST_ROOMS_PORT: String(ports.rooms),
    ROOMCAST_USERS_PORT: String(ports.users),
    ROOMCAST_GATEWAYS: "1",
    ROOMCAST_GATEWAY_PORT: String(ports.gateways[0]),
    ROOMCAST_EDGE_PORT: String(ports.edges[0]),
    ROOMCAST_MIXER_PORT: String(ports.mixers[0]),
    ROOMCAST_JANUS_HTTP_PORT: String(ports.managers[0]),
    ROOMCAST_ETCD_PORT: String(ports.etcd),
    ROOMCAST_REDIS_PORT: String(ports.redis),
    ROOMCAST_JANUS_PORT: String(ports.januses[0]),
    ROOMCAST_WEBRTC_MIN: String(ports.webrtc.min),
    ROOMCAST_WEBRTC_MAX: String(ports.webrtc.max),
    ROOMCAST_RTP_MIN: String(ports.rtp.min),
    ROOMCAST_RTP_MAX: String(ports.rtp.max),
  };
}

/** Starts the launcher as `deno task dev` does. */
export function startLauncher(env: Record<string, string>): Launcher {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "deploy/dev/dev.ts"],
    cwd: ROOT,
    env,
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  let text = "";
  let over = false;
  let wake = Promise.withResolvers<void>();
  const changed = () => {
    wake.resolve();
    wake = Promise.withResolvers();
  };
  void (async () => {
    for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      changed();
    }
    over = true;
    changed();
  })();
  return {
    child,
    text: () => text,
    says: async (part) => {
      while (!text.includes(part)) {
        if (over) throw new Error(`It ended without saying "${part}":\n${text}`);
        await wake.promise;
      }
      return text;
    },
  };
}

/** The process ids in the table a launcher printed. */
export function pidsIn(text: string): number[] {
  return [...text.matchAll(/^\S+ +\S+ +(\d+) +\S+\.log$/gm)].map(([, pid]) => Number(pid));
}

/** Those of the processes that are alive. */
export function alive(pids: readonly number[]): number[] {
  return pids.filter((pid) => {
    try {
      return !/^State:\s+Z/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
    } catch {
      return false;
    }
  });
}
