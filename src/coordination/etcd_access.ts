import { z } from "zod";
import type { Config } from "../platform/config.ts";

/** How etcd is reached. Plain data, so that a worker can be told. */
export const EtcdAccess = z.object({
  hosts: z.array(z.url()).min(1),
  /** Null: plain connections. PEM texts; "" where there is none. */
  tls: z.object({ ca: z.string(), cert: z.string(), key: z.string() }).nullable(),
  user: z.object({ name: z.string(), password: z.string() }).nullable(),
});
export type EtcdAccess = z.infer<typeof EtcdAccess>;
export type EtcdTls = NonNullable<EtcdAccess["tls"]>;

/** The way to etcd that the settings name. */
export function etcdAccess(config: Config): EtcdAccess {
  const { ROOMCAST_ETCD: hosts, ROOMCAST_ETCD_USER: name } = config;
  const isTls = hosts.some((host) => host.startsWith("https:"));
  return {
    hosts,
    tls: isTls
      ? {
        ca: config.ROOMCAST_ETCD_CA,
        cert: config.ROOMCAST_ETCD_CERT,
        key: config.ROOMCAST_ETCD_KEY,
      }
      : null,
    user: name === "" ? null : { name, password: config.ROOMCAST_ETCD_PASSWORD },
  };
}

/** Plain connections without a user. */
export function plainEtcd(hosts: readonly string[]): EtcdAccess {
  return { hosts: [...hosts], tls: null, user: null };
}
