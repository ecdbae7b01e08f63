import assert from "node:assert/strict";
import { startEtcd } from "../../deploy/local/etcd.ts";
import { freePort } from "../../deploy/local/ports.ts";
import type { NodeInfo } from "../../src/contracts/node.ts";
import { connectEtcd, EtcdStore } from "../../src/coordination/etcd.ts";
import { plainEtcd } from "../../src/coordination/etcd_access.ts";
import { NodeStore } from "../../src/coordination/nodes.ts";
import { silentLog } from "../../src/platform/log.ts";
import { startHeartbeat } from "../../src/workers/heartbeat_client.ts";

const node = (id: string): NodeInfo => ({
  id,
  kind: "mixer",
  version: "0.1.0",
  url: "http://127.0.0.1:3001",
  capacity: 10,
  load: 0,
  draining: false,
  unhealthy: null,
  startedAt: 1,
});

Deno.test("heartbeat", async (t) => {
  const dir = await Deno.makeTempDir();
  const etcd = await startEtcd({
    dir: `${dir}/etcd`,
    clientPort: freePort(),
    peerPort: freePort(),
    logFile: `${dir}/etcd.log`,
  });
  const store = new EtcdStore(connectEtcd([etcd.url]));
  const nodes = new NodeStore({ store, log: silentLog() });
  await nodes.start();
  /** Resolves when what the store says of the node satisfies `test`. */
  const seen = (id: string, test: (info: NodeInfo | null) => boolean) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = () => test(nodes.get("mixer", id)) && resolve();
    const end = nodes.onChange(look);
    look();
    return promise.finally(end);
  };
  const quick = {
    etcd: plainEtcd([etcd.url]),
    log: silentLog(),
    ttlS: 2,
    pingMs: 100,
    silenceMs: 500,
  };

  await t.step("startHeartbeat() announces the node, follows it, and takes it back", async () => {
    let load = 0;
    const heartbeat = await startHeartbeat({ ...quick, info: () => ({ ...node("m1"), load }) });
    assert.equal(heartbeat.held(), true);
    await seen("m1", (info) => info?.load === 0);
    load = 3;
    heartbeat.refresh();
    await seen("m1", (info) => info?.load === 3);
    await heartbeat.stop();
    assert.equal(heartbeat.held(), false);
    await seen("m1", (info) => info === null);
    await heartbeat.stop();
  });

  await t.step("the lease lapses while the main thread is stuck, and returns with it", async () => {
    const worker = new Worker(new URL("./heartbeat_main_thread.ts", import.meta.url), {
      type: "module",
    });
    const gate = new SharedArrayBuffer(4);
    const held = new Promise((resolve) => worker.onmessage = resolve);
    worker.postMessage({ etcd: plainEtcd([etcd.url]), info: node("m2"), gate });
    await held;
    await seen("m2", (info) => info !== null);
    await seen("m2", (info) => info === null);
    Atomics.store(new Int32Array(gate), 0, 1);
    Atomics.notify(new Int32Array(gate), 0);
    await seen("m2", (info) => info !== null);
    worker.terminate();
    await seen("m2", (info) => info === null);
  });

  await t.step("startHeartbeat() refuses a node that is no valid one", async () => {
    const info = () => ({ ...node("m3"), url: "nowhere" });
    await assert.rejects(startHeartbeat({ ...quick, info }), { name: "ZodError" });
  });

  await nodes.stop();
  await store.stop();
  await etcd.stop();
  await Deno.remove(dir, { recursive: true });
});
