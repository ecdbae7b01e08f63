import assert from "node:assert/strict";
import { freeClusterPorts } from "../../deploy/local/cluster_ports.ts";
import { freePort } from "../../deploy/local/ports.ts";
import { inTime } from "../../src/platform/in_time.ts";
import { listenFor } from "../chaos/hearing.ts";
import { hasSound, isBack, type Watch } from "../chaos/sound.ts";
import { World } from "../chaos/world.ts";
import { LiveWatcher } from "../support/hls/live_watcher.ts";
import { startNginxMaster } from "../support/nginx_master.ts";
import { tempDir } from "../support/temp_dir.ts";
import { decodeSound } from "../support/tone.ts";

const COUNTS = { gateways: 2, edges: 2, mixers: 2, januses: 2 };

/** The order of docs/deploy.md. A media node hands its rooms over before it ends; the others just end. */
const ORDER: readonly { readonly name: string; readonly drained?: true; readonly with?: string }[] =
  [
    { name: "etcd" },
    { name: "redis" },
    { name: "rooms" },
    { name: "users" },
    { name: "gateway-1" },
    { name: "gateway-2" },
    { name: "edge-1" },
    { name: "edge-2" },
    { name: "mixer-1", drained: true },
    { name: "mixer-2", drained: true },
    { name: "janus-1", drained: true, with: "janus-gateway-1" },
    { name: "janus-2", drained: true, with: "janus-gateway-2" },
  ];

/** Parts of nothing but sound between one process and the next. */
const BETWEEN = 3;
/** How long (ms) a media node may take to hand its rooms over. */
const DRAIN_LIMIT_MS = 20_000;
/** How long (s) a voice may be away in all: each Janus that is drained costs its speakers a join. */
const SILENCE_S = 6;

Deno.test("listeners have no stall and no broken playlist when every process is upgraded in turn", async () => {
  await using dir = await tempDir();
  const ports = freeClusterPorts(COUNTS);
  const said: string[] = [];
  const say = (line: string) => void said.push(line);
  const world = await World.start({
    ...{ dir: dir.path, ports, counts: COUNTS, studios: 0, senders: 2, say },
  });
  const hosts = (urls: readonly string[]) => urls.map((url) => new URL(url).host);
  const { cluster } = world;
  const door = await startNginxMaster({
    dir: `${dir.path}/door`,
    port: freePort(),
    webRoot: dir.path,
    logFile: `${dir.path}/door.log`,
    upstreams: {
      rooms: hosts([cluster.roomsUrl]),
      users: hosts([cluster.usersUrl]),
      gateways: hosts(cluster.gatewayUrls),
      edges: hosts(cluster.edgeUrls),
    },
  });
  try {
    const watches = world.rooms.map((room): Watch => ({
      room,
      watcher: new LiveWatcher(`${door.url}/hls/${room.id}/live.m3u8`, { mayMove: true }),
    }));
    for (const { watcher } of watches) watcher.start();
    await Promise.all(watches.map((watch) => hasSound(watch, BETWEEN)));
    const step = async (what: string, work: () => Promise<void>) => {
      const from = performance.now();
      await work();
      await Promise.all(watches.map((watch) => isBack(world, watch, BETWEEN)));
      say(`${what}: ${Math.round(performance.now() - from)} ms`);
    };
    for (const { name, drained, with: other } of ORDER) {
      const process = cluster.process(name);
      await step(name, async () => {
        const old = process.pid;
        if (drained) {
          process.kill("SIGTERM");
          await inTime(process.ended(), DRAIN_LIMIT_MS, `${name} did not end after SIGTERM`);
        }
        if (other !== undefined) await cluster.process(other).restart();
        await process.restart();
        assert.notEqual(process.pid, old);
      });
    }
    await step("nginx reloaded", () => door.reload());
    await step("nginx upgraded", () => door.upgrade());

    for (const { room, watcher } of watches) {
      const { stalledMs, brokenRules, parts } = await watcher.stop();
      const { silenceS, voiceAtEnd } = listenFor(
        await decodeSound(watcher.media(parts)),
        room.hz,
        [],
      );
      say(`${room.id}: ${parts} parts, ${silenceS.toFixed(2)} s without its voice`);
      assert.deepEqual(
        { stalledMs, brokenRules, voiceAtEnd },
        { stalledMs: 0, brokenRules: [], voiceAtEnd: true },
      );
      assert.ok(silenceS < SILENCE_S, `the voice was away for ${silenceS} s`);
    }
  } catch (err) {
    throw new Error(said.join("\n"), { cause: err });
  } finally {
    await door.stop();
    await world.stop();
  }
});
