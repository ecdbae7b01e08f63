import assert from "node:assert/strict";
import type { NodeInfo, NodeKind } from "../../src/contracts/node.ts";
import { QuietPorts } from "../../src/media/mixer/quiet_ports.ts";

const INFO: NodeInfo = {
  id: "j1",
  kind: "janus",
  version: "0",
  url: "ws://127.0.0.1:8188/",
  capacity: 9,
  load: 0,
  draining: false,
  unhealthy: null,
  startedAt: 1,
};

function setUp(limitMs = 60_000, leaseMs = 60_000) {
  const released: number[] = [];
  const known = new Map<string, NodeInfo>();
  const listeners = new Set<(kind: NodeKind, id: string) => void>();
  const ports = new QuietPorts({
    pool: { lease: () => Promise.resolve(2), release: (port) => void released.push(port) },
    nodes: {
      get: (_, id) => known.get(id) ?? null,
      onChange: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    limitMs,
    leaseMs,
  });
  const see = (id: string, unhealthy: string | null) => {
    known.set(id, { ...INFO, id, unhealthy });
    for (const listener of listeners) listener("janus", id);
  };
  return { ports, released, see };
}

Deno.test("QuietPorts gives a port back at once when no Janus sent there, or when it is heard of again", async () => {
  const { ports, released, see } = setUp();
  see("j1", null);
  ports.release(30_000, "j1");
  ports.release(30_002);
  assert.deepEqual([released, ports.kept()], [[30_002], [30_000]]);
  see("j1", null);
  assert.deepEqual([released, ports.kept()], [[30_002, 30_000], []]);
  await ports.stop();
});

Deno.test("QuietPorts keeps a port back while its Janus may have been cut off unnoticed", async () => {
  const { ports, released, see } = setUp(60_000, 1);
  see("j1", null);
  ports.release(30_000, "j1");
  assert.deepEqual(released, []);
  while (released.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  assert.deepEqual([released, ports.kept()], [[30_000], []]);
});

Deno.test("QuietPorts keeps a port back until the Janus that sent there is well again", async () => {
  const { ports, released, see } = setUp();
  see("j1", "Janus is away: it hangs");
  ports.release(30_000, "j1");
  ports.release(30_002, "j2");
  assert.deepEqual([released, ports.kept()], [[], [30_000, 30_002]]);
  see("j1", "Janus is away: it hangs still");
  assert.deepEqual(released, []);
  see("j1", null);
  assert.deepEqual([released, ports.kept()], [[30_000], [30_002]]);
  await ports.stop();
});

Deno.test("QuietPorts gives a port back after a while when its Janus never comes again", async () => {
  const { ports, released } = setUp(1);
  ports.release(30_000, "j1");
  while (released.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  assert.deepEqual(ports.kept(), []);
});
