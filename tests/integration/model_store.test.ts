import { startEtcd } from "../../deploy/local/etcd.ts";
import { freePort } from "../../deploy/local/ports.ts";
import { connectEtcd, EtcdStore } from "../../src/coordination/etcd.ts";
import { storeContract } from "../model/store_contract.ts";

const dir = await Deno.makeTempDir({ prefix: "roomcast-contract-" });
const etcd = await startEtcd({
  dir: `${dir}/etcd`,
  clientPort: freePort(),
  peerPort: freePort(),
  logFile: `${dir}/etcd.log`,
});
const client = connectEtcd([etcd.url]);

Deno.test.afterAll(async () => {
  client.close();
  await etcd.stop();
  await Deno.remove(dir, { recursive: true });
});

storeContract("EtcdStore", () => ({
  store: new EtcdStore(client),
  compact: async () => {
    const { header } = await client.get("/").exec();
    await client.kv.compact({ revision: header.revision, physical: true });
  },
}));
