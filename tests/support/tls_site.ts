import { startEtcd } from "../../deploy/local/etcd.ts";
import { freePort } from "../../deploy/local/ports.ts";
import { startRedis } from "../../deploy/local/redis.ts";
import type { LocalProcess } from "../../deploy/local/process.ts";
import { docBlocks, runShell } from "./doc_blocks.ts";

const DOC = "docs/security.md";

/** etcd and Redis over TLS with users, made by the commands of docs/security.md. */
export interface TlsSite extends AsyncDisposable {
  readonly dir: string;
  readonly etcdUrl: string;
  readonly redisUrl: string;
  /** The settings that the document gives every node, with this site's ports and paths. */
  readonly env: Readonly<Record<string, string>>;
  readonly etcd: () => LocalProcess;
  /** Shuts etcd down in order: it says GOAWAY to its clients. */
  stopEtcd(): Promise<void>;
  startEtcd(): Promise<void>;
}

/** Starts both in a folder that exists. */
export async function startTlsSite(dir: string): Promise<TlsSite> {
  const run = async (heading: string) =>
    await runShell(
      (await docBlocks(DOC, heading, "sh")).replaceAll("2379", String(clientPort)),
      dir,
    );
  const [clientPort, peerPort, port] = [freePort(), freePort(), freePort()];
  await run("Make the certificates");
  await run("Make the secrets");
  await run("Start etcd and Redis");
  const tls = {
    ca: `${dir}/ca.pem`,
    cert: `${dir}/server.pem`,
    key: `${dir}/server.key`,
    clientCert: `${dir}/client.pem`,
    clientKey: `${dir}/client.key`,
  };
  const start = () =>
    startEtcd({ dir: `${dir}/etcd`, clientPort, peerPort, logFile: `${dir}/etcd.log`, tls });
  let etcd = await start();
  const logFile = `${dir}/redis.log`;
  const acl = { tls, aclFile: `${dir}/users.acl` };
  const redis = await startRedis({ dir: `${dir}/redis`, port, logFile, ...acl });
  await run("Give Roomcast a role in etcd");
  const settings = (await docBlocks(DOC, "Settings of every node", "text")).trim().split("\n")
    .map((line) => line.split("=") as [string, string])
    .map(([name, value]) => [name, name.endsWith("_FILE") ? `${dir}/${value}` : value] as const);
  const [etcdUrl, redisUrl] = [`https://localhost:${clientPort}`, `rediss://localhost:${port}`];
  return {
    dir,
    etcdUrl,
    redisUrl,
    env: { ...Object.fromEntries(settings), ROOMCAST_ETCD: etcdUrl, ROOMCAST_REDIS: redisUrl },
    etcd: () => etcd,
    stopEtcd: () => etcd.stop(),
    startEtcd: async () => {
      etcd = await start();
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([etcd.stop(), redis.stop()]);
    },
  };
}
