import { type RoleName, ROLES } from "../../src/roles.ts";
import { type ClusterPorts, slicePorts } from "./cluster_ports.ts";

/** One role in one process. */
export interface RoleProcess {
  /** Unique in the cluster; also the id of a media node. */
  readonly name: string;
  readonly role: RoleName;
  /** Where it answers. */
  readonly url: string;
  /** Its settings, on top of those all roles share. */
  readonly env: Readonly<Record<string, string>>;
}

/** What all processes of a cluster share. */
export interface ClusterPlanInput {
  readonly dir: string;
  readonly ports: ClusterPorts;
  readonly etcdUrl: string;
  readonly redisUrl: string;
  readonly janusUrls: readonly string[];
  readonly apiSecretFile: string;
  readonly adminKeyFile: string;
  readonly origins: readonly string[];
}

/** The processes of a cluster and their settings. */
export function planCluster(input: ClusterPlanInput): RoleProcess[] {
  const { dir, ports } = input;
  const shared = {
    ROOMCAST_ETCD: input.etcdUrl,
    ROOMCAST_REDIS: input.redisUrl,
    ROOMCAST_BIND: "127.0.0.1",
    ROOMCAST_ADVERTISE: "127.0.0.1",
    ROOMCAST_ROOMS_URL: loopbackUrl(ports.rooms),
    ROOMCAST_USERS_URL: loopbackUrl(ports.users),
  };
  const process = (
    name: string,
    role: RoleName,
    port: number,
    env: Record<string, string> = {},
  ): RoleProcess => ({
    name,
    role,
    url: loopbackUrl(port),
    env: {
      ...shared,
      ROOMCAST_NODE_ID: name,
      ROOMCAST_DATA_DIR: `${dir}/data/${name}`,
      [ROLES[role].port]: String(port),
      ...env,
    },
  });
  const apiSecret = { ROOMCAST_JANUS_API_SECRET_FILE: input.apiSecretFile };
  const secrets = { ...apiSecret, ROOMCAST_JANUS_ADMIN_KEY_FILE: input.adminKeyFile };
  return [
    process("rooms", "rooms", ports.rooms),
    process("users", "users", ports.users),
    ...ports.gateways.map((port, index) =>
      process(`gateway-${index + 1}`, "gateway", port, {
        ...apiSecret,
        ROOMCAST_ORIGINS: input.origins.join(","),
      })
    ),
    ...ports.edges.map((port, index) => process(`edge-${index + 1}`, "edge", port)),
    ...input.janusUrls.flatMap((url, index) => {
      const port = ports.managers[index];
      const env = { ...secrets, ROOMCAST_JANUS_URL: url };
      return port === undefined ? [] : [process(`janus-${index + 1}`, "janus", port, env)];
    }),
    ...ports.mixers.map((port, index) => {
      const { min, max } = slicePorts(ports.rtp, index, ports.mixers.length);
      return process(`mixer-${index + 1}`, "mixer", port, {
        ROOMCAST_RTP_MIN: String(min),
        ROOMCAST_RTP_MAX: String(max),
      });
    }),
  ];
}

/** Where a port of this machine answers HTTP. */
export function loopbackUrl(port: number): string {
  return `http://127.0.0.1:${port}`;
}
