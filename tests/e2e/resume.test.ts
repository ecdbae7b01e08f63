import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { z } from "zod";
import type { Cluster } from "../../deploy/local/cluster.ts";
import { RoomView } from "../../src/contracts/operations.ts";
import { silentLog } from "../../src/platform/log.ts";
import { connectRedis, redisReady } from "../../src/platform/redis.ts";
import { launchBrowser } from "../support/browser.ts";
import { testCluster } from "../support/cluster.ts";
import { LiveWatcher } from "../support/hls/live_watcher.ts";
import { openStudio } from "../support/pages.ts";
import { decodeSound, goertzel } from "../support/tone.ts";
import { until } from "../support/until.ts";
import { tone, writeWav } from "../support/wav.ts";

const HZ = 660;
/** A tenth of a second, in samples. */
const WINDOW = 4800;
/** How long (tenths of a second) the tone may be gone when nothing of its way was touched: two browsers' hiccups. */
const MOMENT = 3;

/** Counts the page's sound connections and its microphones. */
const COUNTED = `
  globalThis.made = { connections: 0, microphones: 0 };
  const Connection = globalThis.RTCPeerConnection;
  globalThis.RTCPeerConnection = class extends Connection {
    constructor(...options) {
      super(...options);
      globalThis.made.connections++;
    }
  };
  const getUserMedia = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = (constraints) => {
    globalThis.made.microphones++;
    return getUserMedia(constraints);
  };
`;

const Made = z.object({ connections: z.number(), microphones: z.number() });

Deno.test("a studio page keeps its seat when its gateway or its Janus dies", async (t) => {
  await using cluster = await testCluster({ gateways: 2, januses: 2 });
  const microphone = `${cluster.dir}/tone.wav`;
  await writeWav(microphone, tone(HZ, 5));
  const browser = await launchBrowser({ microphone });
  const redis = connectRedis(cluster.redisUrl, silentLog());
  try {
    await redisReady(redis);
    const context = await browser.newContext();
    await context.addInitScript(COUNTED);
    const { page, roomId, join } = await openStudio(context, cluster.url, "Unbroken");
    await join();
    const watcher = new LiveWatcher(`${cluster.url}/hls/${roomId}/live.m3u8`);
    watcher.start();
    await watcher.until((part) => part.sourceFrames > 0);
    await watcher.more(10);
    let before = await made(page);
    const [seat = ""] = await redis.client.hkeys(`seats:${roomId}`);
    const gateway = async () =>
      (await redis.client.hget(`seat:${seat}`, "gateway"))?.replace(/-[^-]+$/, "") ?? "";

    const moves = async (signal: "SIGKILL" | "SIGSTOP"): Promise<string> => {
      const had = await gateway();
      const heard = watcher.parts.length;
      signalTo(cluster, had, signal);
      await until("the seat at another gateway", async () => await gateway() !== had);
      await until("the page to be live", async () => await phase(page) === "live");
      await watcher.more(15);
      const gap = longestGap(await decodeSound(watcher.media(watcher.parts.length - heard)));
      assert.ok(gap <= MOMENT, `the tone was gone for ${gap / 10} s`);
      assert.deepEqual(await made(page), before, "no new connection, no new microphone");
      assert.deepEqual(await redis.client.hkeys(`seats:${roomId}`), [seat]);
      return had;
    };

    await t.step("a gateway that is killed costs the sound nothing", async () => {
      const dead = await moves("SIGKILL");
      await cluster.process(dead).restart();
    });
    await t.step("a Janus that is killed costs a new connection, and no seat", async () => {
      const had = await janusOf(cluster, roomId);
      signalTo(cluster, had.replace("janus-", "janus-gateway-"), "SIGKILL");
      await until("a new connection", async () => {
        return (await made(page)).connections > before.connections && await phase(page) === "live";
      });
      assert.notEqual(await janusOf(cluster, roomId), had);
      assert.deepEqual(await redis.client.hkeys(`seats:${roomId}`), [seat]);
      await until("the tone", async () => {
        await watcher.more(5);
        return longestGap(await decodeSound(watcher.media(5))) <= MOMENT;
      });
      const after = await made(page);
      assert.equal(after.microphones, before.microphones);
      before = after;
    });
    await t.step("a gateway that hangs is left, and wakes to find the seat another's", async () => {
      const frozen = await moves("SIGSTOP");
      signalTo(cluster, frozen, "SIGCONT");
      await page.getByRole("button", { name: "Mute" }).click();
      await page.getByRole("button", { name: "Unmute" }).waitFor();
      await page.getByRole("button", { name: "Leave" }).click();
      await until("the seat to be given back", async () => {
        return (await redis.client.hkeys(`seats:${roomId}`)).length === 0;
      });
    });
    assert.deepEqual((await watcher.stop()).brokenRules, []);
  } finally {
    await Promise.all([redis.stop(), browser.close()]);
  }
});

async function made(page: Page): Promise<z.output<typeof Made>> {
  return Made.parse(await page.evaluate("globalThis.made"));
}

async function janusOf(cluster: Cluster, roomId: string): Promise<string> {
  const response = await fetch(`${cluster.url}/api/rooms/${roomId}`);
  return RoomView.parse(await response.json()).live?.janusId ?? "";
}

async function phase(page: Page): Promise<string> {
  return z.string().parse(await page.evaluate("globalThis.roomcast.phase"));
}

function signalTo(cluster: Cluster, name: string, signal: Deno.Signal): void {
  const { pid } = cluster.process(name);
  assert.ok(pid, `${name} does not run`);
  Deno.kill(pid, signal);
}

/** For how many tenths of a second in a row the tone is missing. */
function longestGap(samples: Float32Array): number {
  let [gap, longest] = [0, 0];
  for (let at = 0; at + WINDOW <= samples.length; at += WINDOW) {
    gap = goertzel(samples.subarray(at, at + WINDOW), HZ) > 1e-3 ? 0 : gap + 1;
    longest = Math.max(longest, gap);
  }
  return longest;
}
