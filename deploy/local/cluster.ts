import { planCluster } from "./cluster_plan.ts";
import {
  type ClusterCounts,
  type ClusterPorts,
  freeClusterPorts,
  slicePorts,
} from "./cluster_ports.ts";
import { startEtcd } from "./etcd.ts";
import { startJanus } from "./janus.ts";
import { ManagedProcess, type ManagedProcessOptions } from "./managed_process.ts";
import { startNginx } from "./nginx.ts";
import { startRedis } from "./redis.ts";
import { startRole } from "./role_process.ts";
import { localSecrets, type SecretFiles } from "./secrets.ts";

export interface ClusterOptions extends Partial<ClusterCounts> {
  /** Holds all data, configuration and logs. Made when missing. */
  readonly dir: string;
  /** Default: free ones. */
  readonly ports?: ClusterPorts;
  /** Address of the front door. Default loopback only. */
  readonly bind?: string;
  /** Folder of the built pages. Default web/dist. */
  readonly webRoot?: string;
  /** AAC frames in a part of new broadcasts. */
  readonly partFrames?: 5 | 10 | 25;
  /** Origins whose pages may open a WebSocket. Default: the front door's. */
  readonly origins?: readonly string[];
  /** Addresses for WebRTC media. Default loopback only. */
  readonly iceInterfaces?: readonly string[];
  /** An etcd or Redis that runs already; default: one of its own. */
  readonly etcdUrl?: string;
  readonly redisUrl?: string;
  /** Settings for every role, over all others. */
  readonly env?: Readonly<Record<string, string>>;
  /** True: what ends is started again. Default false. */
  readonly revive?: boolean;
  /** Told in a line of text what goes on. */
  readonly onEvent?: (line: string) => void;
}

/** Everything Roomcast needs, on this machine, for people and for tests. */
export interface Cluster {
  readonly dir: string;
  /** The front door: pages, API, sockets and HLS. */
  readonly url: string;
  readonly etcdUrl: string;
  readonly redisUrl: string;
  readonly janusUrls: readonly string[];
  readonly secrets: SecretFiles;
  readonly roomsUrl: string;
  readonly usersUrl: string;
  readonly gatewayUrls: readonly string[];
  readonly edgeUrls: readonly string[];
  readonly mixerUrls: readonly string[];
  /** By name: etcd, redis, janus-gateway-1, rooms, users, gateway-1, edge-1, janus-1, mixer-1, nginx. */
  readonly processes: ReadonlyMap<string, ManagedProcess>;
  /** @throws Error when there is no process of that name. */
  process(name: string): ManagedProcess;
  stop(): Promise<void>;
}

const WEB_ROOT = new URL("../../web/dist", import.meta.url).pathname;

/**
 * Starts etcd, Redis, Janus, every role in a process of its own, and nginx, and waits until a room can be
 * started. All of it ends with this process.
 *
 * @throws StartError when a part does not come up; nothing is left running then.
 */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { gateways = 2, edges = 1, mixers = 1, januses = 1, bind = "127.0.0.1" } = options;
  const counts = { gateways, edges, mixers, januses };
  const { onEvent = () => {}, webRoot = WEB_ROOT } = options;
  const ports = options.ports ?? freeClusterPorts(counts);
  const dir = await Deno.realPath(await made(options.dir));
  const logs = await made(`${dir}/logs`);
  const secrets = await localSecrets(`${dir}/secrets`);
  const processes = new Map<string, ManagedProcess>();
  const stack: ManagedProcess[][] = [];

  const etcdUrl = options.etcdUrl ?? `http://127.0.0.1:${ports.etcd}`;
  const redisUrl = options.redisUrl ?? `redis://127.0.0.1:${ports.redis}`;
  const janusUrls = ports.januses.slice(0, januses).map((port) => `ws://127.0.0.1:${port}/`);
  const url = `http://127.0.0.1:${ports.http}`;

  type Start = (logFile: string) => ReturnType<ManagedProcessOptions["start"]>;
  const manage = (name: string, where: string | null, start: Start): ManagedProcess => {
    const logFile = `${logs}/${name}.log`;
    const process = new ManagedProcess({
      name,
      where,
      logFile,
      start: () => start(logFile),
      revive: options.revive ?? false,
      onEvent,
    });
    processes.set(name, process);
    return process;
  };
  const startAll = async (group: ManagedProcess[]) => {
    stack.push(group);
    const results = await Promise.allSettled(group.map((process) => process.start()));
    const failed = results.find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  };
  const stop = async () => {
    for (const group of stack.toReversed()) {
      await Promise.all(group.map((process) => process.stop()));
    }
  };

  const infrastructure = [
    ...(options.etcdUrl === undefined
      ? [manage("etcd", etcdUrl, (logFile) =>
        startEtcd({
          dir: `${dir}/etcd`,
          clientPort: ports.etcd,
          peerPort: ports.etcdPeer,
          logFile,
        }))]
      : []),
    ...(options.redisUrl === undefined
      ? [
        manage("redis", redisUrl, (logFile) =>
          startRedis({ dir: `${dir}/redis`, port: ports.redis, logFile })),
      ]
      : []),
    ...ports.januses.slice(0, januses).map((wsPort, index) => {
      const media = slicePorts(ports.webrtc, index, januses);
      const name = `janus-gateway-${index + 1}`;
      return manage(name, `ws://127.0.0.1:${wsPort}/`, (logFile) =>
        startJanus({
          dir: `${dir}/${name}`,
          wsPort,
          rtpMin: media.min,
          rtpMax: media.max,
          apiSecret: secrets.janusApiSecret,
          adminKey: secrets.janusAdminKey,
          logFile,
          ...(options.iceInterfaces === undefined ? {} : { iceInterfaces: options.iceInterfaces }),
        }));
    }),
  ];
  const roles = planCluster({
    dir,
    ports,
    counts,
    etcdUrl,
    redisUrl,
    janusUrls,
    apiSecretFile: secrets.apiSecretFile,
    adminKeyFile: secrets.adminKeyFile,
    origins: options.origins ?? [url, `http://localhost:${ports.http}`],
  });
  const env = {
    ROOMCAST_GUESTS: "true",
    ...(options.partFrames === undefined
      ? {}
      : { ROOMCAST_PART_FRAMES: String(options.partFrames) }),
    ...options.env,
  };
  const rolesAndDoor = [
    ...roles.map((role) =>
      manage(role.name, role.url, (logFile) => startRole(role, { etcdUrl, logFile, env }))
    ),
    manage("nginx", url, (logFile) =>
      startNginx({
        dir: `${dir}/nginx`,
        port: ports.http,
        bind,
        webRoot,
        logFile,
        upstreams: {
          rooms: [`127.0.0.1:${ports.rooms}`],
          users: [`127.0.0.1:${ports.users}`],
          gateways: ports.gateways.slice(0, gateways).map((port) => `127.0.0.1:${port}`),
          edges: ports.edges.slice(0, edges).map((port) => `127.0.0.1:${port}`),
        },
      })),
  ];

  try {
    onEvent("Starting etcd, Redis and Janus…");
    await startAll(infrastructure);
    onEvent(`Starting ${roles.length} roles and nginx…`);
    await startAll(rolesAndDoor);
  } catch (err) {
    await stop();
    throw err;
  }
  const urlsOf = (kind: string) =>
    roles.flatMap(({ role, url }) => role === kind && url !== null ? [url] : []);
  return {
    dir,
    url,
    etcdUrl,
    redisUrl,
    janusUrls,
    secrets,
    roomsUrl: `http://127.0.0.1:${ports.rooms}`,
    usersUrl: `http://127.0.0.1:${ports.users}`,
    gatewayUrls: urlsOf("gateway"),
    edgeUrls: urlsOf("edge"),
    mixerUrls: urlsOf("mixer"),
    processes,
    process: (name) => {
      const process = processes.get(name);
      if (process === undefined) throw new Error(`There is no process called ${name}`);
      return process;
    },
    stop,
  };
}

async function made(dir: string): Promise<string> {
  await Deno.mkdir(dir, { recursive: true });
  return dir;
}
