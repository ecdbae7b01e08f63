import type { Config } from "../../src/platform/config.ts";
import { portHolder } from "../../src/doctor/port_holder.ts";
import type { ClusterPorts } from "../local/cluster_ports.ts";
import { StartError } from "../local/process.ts";
import type { LauncherSettings } from "./settings.ts";

/** A port that people know a part by. */
interface FixedPort {
  readonly part: string;
  readonly setting: string;
  readonly hostname: string;
  readonly port: number;
}

/** What a cluster of the launcher listens on, and what is to be said of it. */
export interface ChosenPorts {
  readonly ports: ClusterPorts;
  /** A line for each port that is not the usual one. */
  readonly notes: readonly string[];
}

/**
 * The ports of a cluster. Those that people and other parts of the site know must be free; etcd, Redis and Janus
 * make way for what runs there already.
 *
 * @throws StartError naming a taken port, its setting and who holds it.
 */
export function choosePorts(
  settings: LauncherSettings,
  config: Config,
  listen: (hostname: string, port: number) => boolean = canListen,
): ChosenPorts {
  const upward = (first: number, count: number) =>
    Array.from({ length: count }, (_, index) => first + index);
  const gateways = upward(config.ROOMCAST_GATEWAY_PORT, settings.ROOMCAST_GATEWAYS);
  const edges = upward(config.ROOMCAST_EDGE_PORT, settings.ROOMCAST_EDGES);
  const mixers = upward(config.ROOMCAST_MIXER_PORT, settings.ROOMCAST_MIXERS);
  const managers = upward(config.ROOMCAST_JANUS_HTTP_PORT, settings.ROOMCAST_JANUSES);
  const local = (part: string, setting: string) => (port: number): FixedPort => ({
    part,
    setting,
    hostname: "127.0.0.1",
    port,
  });
  const fixed: FixedPort[] = [
    {
      part: "the front door",
      setting: "ROOMCAST_HTTP_PORT",
      hostname: settings.ROOMCAST_HTTP_BIND,
      port: settings.ROOMCAST_HTTP_PORT,
    },
    local("rooms", "ROOMCAST_ROOMS_PORT")(config.ROOMCAST_ROOMS_PORT),
    local("users", "ROOMCAST_USERS_PORT")(config.ROOMCAST_USERS_PORT),
    ...gateways.map(local("gateway", "ROOMCAST_GATEWAY_PORT")),
    ...edges.map(local("edge", "ROOMCAST_EDGE_PORT")),
    ...mixers.map(local("mixer", "ROOMCAST_MIXER_PORT")),
    ...managers.map(local("Janus manager", "ROOMCAST_JANUS_HTTP_PORT")),
  ];
  const used = new Set<number>();
  for (const { part, setting, hostname, port } of fixed) {
    if (used.has(port)) {
      throw new StartError(`Cannot start: two parts want port ${port}; change ${setting}`);
    }
    used.add(port);
    if (!listen(hostname, port)) throw new StartError(taken(part, setting, port));
  }

  const notes: string[] = [];
  const next = (part: string, wanted: number): number => {
    let port = wanted;
    while (used.has(port) || !listen("127.0.0.1", port)) {
      port += 1;
      if (port > 65535) throw new StartError(`Cannot start ${part}: no port is free`);
    }
    used.add(port);
    if (port !== wanted) {
      notes.push(`Port ${wanted} is taken${heldBy(wanted)}: this ${part} gets ${port}`);
    }
    return port;
  };
  const etcd = next("etcd", settings.ROOMCAST_ETCD_PORT);
  const ports: ClusterPorts = {
    http: settings.ROOMCAST_HTTP_PORT,
    rooms: config.ROOMCAST_ROOMS_PORT,
    users: config.ROOMCAST_USERS_PORT,
    gateways,
    edges,
    mixers,
    managers,
    etcd,
    etcdPeer: next("etcd (peers)", etcd + 1),
    redis: next("Redis", settings.ROOMCAST_REDIS_PORT),
    januses: upward(0, settings.ROOMCAST_JANUSES).map((index) =>
      next("Janus", settings.ROOMCAST_JANUS_PORT + index)
    ),
    webrtc: { min: settings.ROOMCAST_WEBRTC_MIN, max: settings.ROOMCAST_WEBRTC_MAX },
    rtp: { min: config.ROOMCAST_RTP_MIN, max: config.ROOMCAST_RTP_MAX },
  };
  return { ports, notes };
}

function taken(part: string, setting: string, port: number): string {
  return `Cannot start ${part}: port ${port} is taken${heldBy(port)}; ` +
    `end that, or set ${setting} to another port`;
}

function heldBy(port: number): string {
  const holder = portHolder(port);
  return holder === null ? "" : ` by ${holder}`;
}

function canListen(hostname: string, port: number): boolean {
  try {
    Deno.listen({ hostname, port }).close();
    return true;
  } catch {
    return false;
  }
}
