import assert from "node:assert/strict";
import { Informer } from "../../src/coordination/informer.ts";
import type { Listing } from "../../src/coordination/store.ts";
import { silentLog } from "../../src/platform/log.ts";
import { MemoryEtcd } from "../model/memory_etcd.ts";
import { MemoryStore } from "../model/memory_store.ts";

/** A store whose listings are read at once and arrive when the test lets them. */
class SlowListings extends MemoryStore {
  held: PromiseWithResolvers<void> | null = null;

  override async list(prefix: string): Promise<Listing> {
    const listing = await super.list(prefix);
    await this.held?.promise;
    return listing;
  }
}

async function setUp() {
  const etcd = new MemoryEtcd();
  const store = new SlowListings(etcd);
  const changed: string[] = [];
  const prefix = "/rooms/";
  const onChange = (key: string) => changed.push(key);
  const informer = new Informer({ store, prefix, onChange, log: silentLog() });
  etcd.commit([], [{ put: "/rooms/a", value: "1" }, { put: "/rooms/b", value: "1" }]);
  await informer.start();
  /** Writes as the informer's own process would, while a listing is under way. */
  const whileListing = async (act: () => void) => {
    const held = store.held = Promise.withResolvers<void>();
    informer.relist();
    await settled();
    act();
    store.held = null;
    held.resolve();
    await settled();
  };
  const values = () => [...informer.entries()].map(({ key, value }) => `${key}=${value}`).sort();
  return { etcd, informer, changed, whileListing, values };
}

Deno.test("Informer keeps what it learned while a listing was under way, and takes it for no rollback", async () => {
  const { etcd, informer, changed, whileListing, values } = await setUp();
  changed.length = 0;
  const seen: string[][] = [];
  await whileListing(() => {
    const made = etcd.commit([], [{ put: "/rooms/a", value: "2" }]) ?? 0n;
    informer.learn({ key: "/rooms/a", value: "2", modRevision: made });
    const gone = etcd.commit([], [{ delete: "/rooms/b" }]) ?? 0n;
    informer.learn({ key: "/rooms/b", value: null, modRevision: gone });
    seen.push(values());
  });
  assert.deepEqual(seen, [["/rooms/a=2"]]);
  assert.deepEqual(values(), ["/rooms/a=2"]);
  assert.deepEqual(changed, ["/rooms/a", "/rooms/b"]);
  assert.equal(informer.rollbacks, 0);
  await informer.stop();
});

Deno.test("Informer takes the store's word for all keys when it went back in time", async () => {
  const { etcd, informer, values } = await setUp();
  const before = etcd.snapshot();
  etcd.commit([], [{ put: "/rooms/a", value: "2" }, { delete: "/rooms/b" }]);
  await settled();
  assert.deepEqual(values(), ["/rooms/a=2"]);
  const back = Promise.withResolvers<void>();
  etcd.restore(before);
  etcd.commit([], [{ put: "/elsewhere", value: "1" }]);
  const timer = setInterval(() => values().length === 2 && back.resolve(), 1);
  await back.promise;
  clearInterval(timer);
  assert.deepEqual(values(), ["/rooms/a=1", "/rooms/b=1"]);
  await informer.stop();
});

/** Resolves when all promises that can go on have gone on. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
