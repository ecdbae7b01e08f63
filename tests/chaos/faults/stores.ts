import type { Fault } from "../fault.ts";
import { compact, listKeys, touch } from "../../support/etcd_api.ts";

/** How many writes a watcher misses before what it missed is thrown away. */
const MISSED_WRITES = 5;
/** How much (ms) of etcd's past is lost: nodes have kept their leases up meanwhile. */
const LOST_MS = 3000;

/** What etcd and Redis can forget. */
export const storeFaults: readonly Fault[] = [
  {
    name: "etcd-compaction",
    lastsMs: 1000,
    begin: async ({ world: { cluster, proxies } }) => {
      for (const proxy of proxies.values()) proxy.cut();
      for (let i = 0; i < MISSED_WRITES; i++) await touch(cluster.etcdUrl);
      const { revision } = await listKeys(cluster.etcdUrl, "/chaos");
      await compact(cluster.etcdUrl, revision);
      return () => {
        for (const proxy of proxies.values()) proxy.heal();
        return Promise.resolve();
      };
    },
  },
  {
    name: "etcd-rollback",
    lastsMs: 0,
    begin: async ({ world: { cluster } }) => {
      const etcd = cluster.process("etcd");
      const [data, older] = [`${cluster.dir}/etcd`, `${cluster.dir}/etcd-older`];
      await etcd.stop();
      await copyFolder(data, older);
      await etcd.start();
      for (let i = 0; i < MISSED_WRITES; i++) await touch(cluster.etcdUrl);
      await new Promise((resolve) => setTimeout(resolve, LOST_MS));
      await etcd.stop();
      await Deno.remove(data, { recursive: true });
      await Deno.rename(older, data);
      await etcd.start();
      return () => Promise.resolve();
    },
  },
  {
    name: "redis-flushall",
    lastsMs: 1000,
    begin: async ({ world: { cluster } }) => {
      const { hostname, port } = new URL(cluster.redisUrl);
      const redis = await Deno.connect({ hostname, port: Number(port) });
      await redis.write(new TextEncoder().encode("FLUSHALL\r\n"));
      await redis.read(new Uint8Array(64));
      redis.close();
      return () => Promise.resolve();
    },
  },
];

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const entry of Deno.readDir(from)) {
    const [source, target] = [`${from}/${entry.name}`, `${to}/${entry.name}`];
    if (entry.isDirectory) await copyFolder(source, target);
    else await Deno.copyFile(source, target);
  }
}
