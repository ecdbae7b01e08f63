/** A main thread of its own that starts a heartbeat, and stands still while the test wants it to. */
import { silentLog } from "../../src/platform/log.ts";
import { startHeartbeat } from "../../src/workers/heartbeat_client.ts";

addEventListener("message", async (event: MessageEvent) => {
  const { etcd, info, gate } = event.data;
  await startHeartbeat({
    etcd,
    log: silentLog(),
    info: () => info,
    ttlS: 2,
    pingMs: 100,
    silenceMs: 500,
  });
  postMessage("held");
  Atomics.wait(new Int32Array(gate), 0, 0);
  postMessage("awake");
});
