import { MemoryEtcd } from "../model/memory_etcd.ts";
import { MemoryStore } from "../model/memory_store.ts";
import { storeContract } from "../model/store_contract.ts";

storeContract("MemoryStore", () => {
  const etcd = new MemoryEtcd();
  return {
    store: new MemoryStore(etcd),
    compact: () => Promise.resolve(etcd.compact()),
  };
});
