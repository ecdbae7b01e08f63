import { accepts, type LocalProcess, startProcess, waitUntil } from "./process.ts";
import { janusConfig } from "./janus_config.ts";

export interface LocalJanus extends LocalProcess {
  /** Its WebSocket API. */
  readonly url: string;
}

export interface LocalJanusOptions {
  /** Where its configuration is written. */
  readonly dir: string;
  readonly wsPort: number;
  /** UDP ports for WebRTC media. */
  readonly rtpMin: number;
  readonly rtpMax: number;
  readonly apiSecret: string;
  readonly adminKey: string;
  readonly logFile: string;
  /** Interfaces or addresses that media may use. Default: loopback only. */
  readonly iceInterfaces?: readonly string[];
  /** How long (s) it keeps a session whose connection is gone. Default 45. */
  readonly reclaimS?: number;
  /** Added to its environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Where Debian keeps Janus's modules, by architecture. */
const MODULES = [
  "/usr/lib/x86_64-linux-gnu/janus",
  "/usr/lib/aarch64-linux-gnu/janus",
  "/usr/lib/janus",
  "/opt/janus/lib/janus",
];

/** Starts one Janus with the AudioBridge plugin and the WebSocket API, from a configuration of its own. */
export async function startJanus(options: LocalJanusOptions): Promise<LocalJanus> {
  const { dir, wsPort, logFile } = options;
  const modules = MODULES.find((path) => exists(`${path}/plugins/libjanus_audiobridge.so`)) ??
    "/usr/lib/janus";
  await Deno.mkdir(dir, { recursive: true });
  for (
    const [file, text] of Object.entries(janusConfig({ ...options, modules, wsIp: "127.0.0.1" }))
  ) {
    await Deno.writeTextFile(`${dir}/${file}`, text, { mode: 0o600 });
  }
  const process = await startProcess({
    name: "janus",
    command: "janus",
    args: ["-F", dir, "-C", `${dir}/janus.jcfg`],
    logFile,
    ...(options.env && { env: options.env }),
  });
  await waitUntil(process, logFile, () => accepts(wsPort));
  return { ...process, url: `ws://127.0.0.1:${wsPort}/` };
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
