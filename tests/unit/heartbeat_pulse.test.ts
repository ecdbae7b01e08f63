import assert from "node:assert/strict";
import type { NodeInfo } from "../../src/contracts/node.ts";
import { isNews, leaseValue, ToHeartbeat } from "../../src/workers/heartbeat.ts";

const info: NodeInfo = {
  id: "m1",
  kind: "mixer",
  version: "0.1.0",
  url: "http://127.0.0.1:3001",
  capacity: 10,
  load: 1,
  draining: false,
  unhealthy: null,
  startedAt: 1,
};

Deno.test("leaseValue() is the node as it was last pinged when the main thread answers", () => {
  assert.equal(leaseValue({ info, pingedAt: 1000 }, 6000, 5000), JSON.stringify(info));
});

Deno.test("leaseValue() lets the lease run out when the main thread has been silent", () => {
  assert.equal(leaseValue({ info, pingedAt: 1000 }, 6001, 5000), null);
});

Deno.test("isNews() holds when the node changed or the main thread is back", () => {
  const before = { info, pingedAt: 1000 };
  assert.equal(isNews(before, { info: { ...info }, pingedAt: 2000 }, 5000), false);
  assert.equal(isNews(before, { info: { ...info, load: 2 }, pingedAt: 2000 }, 5000), true);
  assert.equal(isNews(before, { info, pingedAt: 6001 }, 5000), true);
});

Deno.test("ToHeartbeat refuses what is no message of ours", () => {
  const bad: unknown[] = [null, "ping", { type: "ping" }, { type: "die" }, {
    type: "start",
    hosts: [],
    ttlS: 10,
    silenceMs: 5000,
    info,
  }, { type: "ping", info: { ...info, kind: "edge" } }];
  for (const message of bad) assert.equal(ToHeartbeat.safeParse(message).success, false);
});
