import type { ClusterOptions } from "./cluster_options.ts";
import { type ClusterPorts, slicePorts } from "./cluster_ports.ts";
import { startEtcd } from "./etcd.ts";
import { startJanus } from "./janus.ts";
import type { ProcessSpec } from "./process_group.ts";
import { startRedis } from "./redis.ts";
import type { SecretFiles } from "./secrets.ts";

export interface Infrastructure {
  readonly etcdUrl: string;
  readonly redisUrl: string;
  readonly janusUrls: readonly string[];
  /** What has to be started; not what was there already. */
  readonly specs: readonly ProcessSpec[];
}

/** etcd, Redis and the Januses of a cluster. */
export function infrastructure(
  dir: string,
  ports: ClusterPorts,
  secrets: SecretFiles,
  options: Pick<ClusterOptions, "etcdUrl" | "redisUrl" | "iceInterfaces" | "envOf">,
): Infrastructure {
  const etcdUrl = options.etcdUrl ?? `http://127.0.0.1:${ports.etcd}`;
  const redisUrl = options.redisUrl ?? `redis://127.0.0.1:${ports.redis}`;
  const etcd: ProcessSpec = {
    name: "etcd",
    where: etcdUrl,
    start: (logFile) =>
      startEtcd({
        dir: `${dir}/etcd`,
        clientPort: ports.etcd,
        peerPort: ports.etcdPeer,
        logFile,
      }),
  };
  const redis: ProcessSpec = {
    name: "redis",
    where: redisUrl,
    start: (logFile) => startRedis({ dir: `${dir}/redis`, port: ports.redis, logFile }),
  };
  const januses = ports.januses.map((wsPort, index): ProcessSpec & { where: string } => {
    const name = `janus-gateway-${index + 1}`;
    const { min, max } = slicePorts(ports.webrtc, index, ports.januses.length);
    return {
      name,
      where: `ws://127.0.0.1:${wsPort}/`,
      start: (logFile) =>
        startJanus({
          dir: `${dir}/${name}`,
          wsPort,
          rtpMin: min,
          rtpMax: max,
          apiSecret: secrets.janusApiSecret,
          adminKey: secrets.janusAdminKey,
          logFile,
          ...(options.envOf && { env: options.envOf(name) }),
          ...(options.iceInterfaces === undefined ? {} : { iceInterfaces: options.iceInterfaces }),
        }),
    };
  });
  return {
    etcdUrl,
    redisUrl,
    janusUrls: januses.map(({ where }) => where),
    specs: [
      ...(options.etcdUrl === undefined ? [etcd] : []),
      ...(options.redisUrl === undefined ? [redis] : []),
      ...januses,
    ],
  };
}
