import { type RoleName, ROLES } from "../roles.ts";
import type { Config } from "../platform/config.ts";
import { addressOf, etcdAddresses, hostPort } from "./addresses.ts";

/** What a process may do to the world outside it. What is not named it may not do. */
export interface Needs {
  /** Each `host:port`, or a host for all its ports; or why it may be any. */
  readonly net: readonly string[] | AnyHost;
  /** Files and folders, beside the program itself and the files that settings name. */
  readonly read: readonly string[];
  readonly write: readonly string[];
  /** Programs. */
  readonly run: readonly string[];
}

export interface AnyHost {
  readonly anyHostBecause: string;
}

export const NOTHING: Needs = { net: [], read: [], write: [], run: [] };

/** The one table of what each role may do. Deno's flags come from it, for people, for tests and in production. */
export const ROLE_NEEDS: Readonly<Record<RoleName, (config: Config) => Needs>> = {
  rooms: () => ({
    ...NOTHING,
    net: { anyHostBecause: "webhooks are called at whatever address they were given" },
  }),
  users: (config) => ({
    ...NOTHING,
    net: [listens("users", config), hostPort(config.ROOMCAST_REDIS)],
  }),
  gateway: () => ({
    ...NOTHING,
    net: { anyHostBecause: "the Janus of a room is whichever etcd names" },
  }),
  edge: () => ({
    ...NOTHING,
    net: { anyHostBecause: "the mixers of a room are whichever etcd names" },
  }),
  janus: () => ({
    ...NOTHING,
    net: { anyHostBecause: "it asks the mixers that etcd names whether they live" },
  }),
  mixer: (config) => ({
    net: [
      listens("mixer", config),
      // Ports of the RTP pool are bound to see whether they are free.
      addressOf(config.ROOMCAST_ADVERTISE),
      ...etcdAddresses(config.ROOMCAST_ETCD),
    ],
    read: [config.ROOMCAST_DATA_DIR],
    write: [config.ROOMCAST_DATA_DIR],
    // It runs FFmpeg, mkfifo, sh and cat, and could run any other: what bounds somebody who has taken a mixer over is
    // the sandbox around it (systemd's, the container's).
    run: ["setpriv"],
  }),
};

/** What a process may do that plays these roles: all that one of them may. */
export function needsOfRoles(roles: readonly RoleName[], config: Config): Needs {
  return roles.map((role) => ROLE_NEEDS[role](config)).reduce(union, NOTHING);
}

/** What may do all that either may. */
export function union(a: Needs, b: Needs): Needs {
  return {
    net: either(a.net, b.net),
    read: [...a.read, ...b.read],
    write: [...a.write, ...b.write],
    run: [...a.run, ...b.run],
  };
}

/** Both of them. */
export function either(a: Needs["net"], b: Needs["net"]): Needs["net"] {
  if ("anyHostBecause" in a) {
    return "anyHostBecause" in b && a.anyHostBecause !== b.anyHostBecause
      ? { anyHostBecause: `${a.anyHostBecause}; ${b.anyHostBecause}` }
      : a;
  }
  return "anyHostBecause" in b ? b : [...a, ...b];
}

function listens(role: RoleName, config: Config): string {
  return `${addressOf(config.ROOMCAST_BIND)}:${config[ROLES[role].port]}`;
}
