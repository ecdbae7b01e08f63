import type { ClusterOptions } from "./cluster_options.ts";
import { loopbackUrl, planCluster } from "./cluster_plan.ts";
import { freeClusterPorts } from "./cluster_ports.ts";
import { infrastructure } from "./infrastructure.ts";
import type { ManagedProcess } from "./managed_process.ts";
import { startNginx } from "./nginx.ts";
import { ProcessGroups } from "./process_group.ts";
import { startRole } from "./role_process.ts";
import { localSecrets, type SecretFiles } from "./secrets.ts";
import { waitForNodes } from "./wait_for_nodes.ts";

export type { ClusterOptions };

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
  /** Where the Janus managers tell of themselves. */
  readonly managerUrls: readonly string[];
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
  const { gateways = 2, edges = 1, mixers = 1, januses = 1 } = options;
  const { bind = "127.0.0.1", webRoot = WEB_ROOT, onEvent = () => {}, revive = false } = options;
  const { envOf = () => ({}) } = options;
  const ports = options.ports ?? freeClusterPorts({ gateways, edges, mixers, januses });
  const dir = await Deno.realPath(await made(options.dir));
  const secrets = await localSecrets(`${dir}/secrets`);
  const groups = new ProcessGroups(await made(`${dir}/logs`), { revive, onEvent });
  const { specs, ...urls } = infrastructure(dir, ports, secrets, options);
  const url = loopbackUrl(ports.http);
  const roles = planCluster({
    dir,
    ports,
    ...urls,
    apiSecretFile: secrets.apiSecretFile,
    adminKeyFile: secrets.adminKeyFile,
    origins: options.origins ?? [url, `http://localhost:${ports.http}`],
  });
  const env = {
    ROOMCAST_GUESTS: "true",
    ...(options.partFrames && { ROOMCAST_PART_FRAMES: String(options.partFrames) }),
    ...options.env,
  };
  const hosts = (ports: readonly number[]) => ports.map((port) => `127.0.0.1:${port}`);
  try {
    onEvent("Starting etcd, Redis and Janus…");
    await groups.start(specs);
    onEvent(`Starting ${roles.length} roles and nginx…`);
    await groups.start([
      ...roles.map((role) => ({
        name: role.name,
        where: role.url,
        start: (logFile: string) =>
          startRole(role, {
            etcdUrl: urls.etcdUrl,
            logFile,
            env: { ...env, ...envOf(role.name) },
            program: options.program,
          }),
      })),
      {
        name: "nginx",
        where: url,
        start: (logFile) =>
          startNginx({
            dir: `${dir}/nginx`,
            port: ports.http,
            bind,
            webRoot,
            logFile,
            upstreams: {
              rooms: hosts([ports.rooms]),
              users: hosts([ports.users]),
              gateways: hosts(ports.gateways),
              edges: hosts(ports.edges),
            },
          }),
      },
    ]);
    await waitForNodes(loopbackUrl(ports.rooms), { janus: januses, mixer: mixers });
  } catch (err) {
    onEvent("A part did not start; stopping the others…");
    await groups.stop();
    throw err;
  }
  return {
    dir,
    url,
    ...urls,
    secrets,
    roomsUrl: loopbackUrl(ports.rooms),
    usersUrl: loopbackUrl(ports.users),
    gatewayUrls: ports.gateways.map(loopbackUrl),
    edgeUrls: ports.edges.map(loopbackUrl),
    mixerUrls: ports.mixers.map(loopbackUrl),
    managerUrls: ports.managers.map(loopbackUrl),
    processes: groups.all,
    process: (name) => {
      const process = groups.all.get(name);
      if (process === undefined) throw new Error(`There is no process called ${name}`);
      return process;
    },
    stop: () => groups.stop(),
  };
}

async function made(dir: string): Promise<string> {
  await Deno.mkdir(dir, { recursive: true });
  return dir;
}
