import { accepts, type LocalProcess, startProcess, waitUntil } from "./process.ts";

export interface LocalCoturn extends LocalProcess {
  /** For ROOMCAST_TURN_URLS. */
  readonly url: string;
}

export interface LocalCoturnOptions {
  /** Where its configuration is written. */
  readonly dir: string;
  /** TCP and UDP. */
  readonly port: number;
  /** UDP ports it relays from. */
  readonly relayMin: number;
  readonly relayMax: number;
  /** What ROOMCAST_TURN_SECRET says too. */
  readonly secret: string;
  /** The addresses it relays to; to no other. Default: all of this machine's, for a local Janus has one of them. */
  readonly peers?: readonly string[];
  readonly logFile: string;
}

const TEMPLATE = new URL("../coturn/turnserver.conf", import.meta.url);

/** Starts a TURN server on loopback that takes the credentials of `iceServers()`. */
export async function startCoturn(options: LocalCoturnOptions): Promise<LocalCoturn> {
  const { dir, port, logFile } = options;
  await Deno.mkdir(dir, { recursive: true });
  const config = `${dir}/turnserver.conf`;
  await Deno.writeTextFile(config, await coturnConfig(options), { mode: 0o600 });
  const process = await startProcess({
    name: "coturn",
    command: "turnserver",
    args: ["-c", config],
    logFile,
  });
  await waitUntil(process, logFile, () => accepts(port));
  return { ...process, url: `turn:127.0.0.1:${port}?transport=udp` };
}

/** What we ship for production, with what one machine needs otherwise. */
async function coturnConfig(options: LocalCoturnOptions): Promise<string> {
  const { dir, port, relayMin, relayMax, secret, peers = ownAddresses() } = options;
  const otherwise: Readonly<Record<string, string>> = {
    // Janus's media do not use loopback where there is another address.
    "listening-ip": `listening-ip=127.0.0.1\nrelay-ip=${ownAddresses()[0] ?? "127.0.0.1"}`,
    "listening-port": `listening-port=${port}`,
    "tls-listening-port": "no-tls",
    "cert": "",
    "pkey": "",
    "min-port": `min-port=${relayMin}`,
    "max-port": `max-port=${relayMax}`,
    "static-auth-secret": `static-auth-secret=${secret}`,
    "allowed-peer-ip": peers.map((peer) => `allowed-peer-ip=${peer}`).join("\n"),
  };
  const shipped = await Deno.readTextFile(TEMPLATE);
  const lines = shipped.split("\n").map((line) => otherwise[line.split("=")[0] ?? ""] ?? line);
  const own = ["allow-loopback-peers", `userdb=${dir}/turndb`, `pidfile=${dir}/turnserver.pid`];
  return [...lines, ...own, ""].join("\n");
}

/** This machine's IPv4 addresses, loopback last. */
function ownAddresses(): string[] {
  const all = Deno.networkInterfaces().filter(({ family }) => family === "IPv4");
  const isLoopback = (address: string) => address.startsWith("127.");
  return all.map(({ address }) => address)
    .sort((a, b) => Number(isLoopback(a)) - Number(isLoopback(b)));
}
