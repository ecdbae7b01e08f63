import assert from "node:assert/strict";
import { freeClusterPorts } from "../../deploy/local/cluster_ports.ts";
import { tempDir } from "../support/temp_dir.ts";
import { faultsNamed } from "./faults/all.ts";
import { Random } from "./random.ts";
import { runFaults } from "./run.ts";
import { summarize } from "./summary.ts";
import { CLUSTER, World } from "./world.ts";

/** One of each kind, in this order; all of them come with `deno task test:chaos`. */
const FAULTS = [
  "ffmpeg-kill",
  "redis-flushall",
  "etcd-compaction",
  "ffmpeg-hang",
  "edge-kill",
  "rooms-kill",
];

Deno.test("listeners hear only their room, unbroken, whatever dies", async () => {
  await using dir = await tempDir();
  const ports = freeClusterPorts(CLUSTER);
  const said: string[] = [];
  const say = (line: string) => void said.push(line);
  const world = await World.start({ dir: dir.path, ports, studios: 0, senders: 2, say });
  try {
    const left = faultsNamed(FAULTS);
    const next = () => left.shift() ?? null;
    const strikes = await runFaults({ world, next, random: new Random(1), say });
    const { wrongRoom, brokenRules, invariantBreaks } = summarize(strikes);
    const counts = { faults: strikes.length, wrongRoom, brokenRules, invariantBreaks };
    const well = { faults: FAULTS.length, wrongRoom: 0, brokenRules: 0, invariantBreaks: 0 };
    assert.deepEqual(counts, well, said.join("\n"));
  } finally {
    await world.stop();
  }
});
