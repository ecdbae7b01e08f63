import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { z } from "zod";
import type { Cluster } from "../../deploy/local/cluster.ts";
import { startCoturn } from "../../deploy/local/coturn.ts";
import { freePort } from "../../deploy/local/ports.ts";
import { ROOM_OPERATIONS, RoomView } from "../../src/contracts/operations.ts";
import { TokenPair } from "../../src/contracts/users.ts";
import { silentLog } from "../../src/platform/log.ts";
import { connectRedis, redisReady } from "../../src/platform/redis.ts";
import { launchBrowser } from "../support/browser.ts";
import { testCluster } from "../support/cluster.ts";
import { LiveWatcher } from "../support/hls/live_watcher.ts";
import { openStudio } from "../support/pages.ts";
import { assertTone, decodeSound, hear } from "../support/tone.ts";
import { until } from "../support/until.ts";
import { tone, writeWav } from "../support/wav.ts";
import { speakByWhip } from "../support/whip_client.ts";

const HZ = 740;

/** A network that lets nothing through but TURN. */
const RELAY_ONLY = `
  const Connection = globalThis.RTCPeerConnection;
  globalThis.RTCPeerConnection = class extends Connection {
    constructor(options = {}) {
      super({ ...options, iceTransportPolicy: "relay" });
      globalThis.connection = this;
    }
  };
`;

/** The kind of candidate that sound leaves from. */
const LOCAL_KIND = `
  globalThis.connection.getStats().then((stats) => {
    const all = [...stats.values()];
    const { selectedCandidatePairId } = all.find(({ type }) => type === "transport");
    return stats.get(stats.get(selectedCandidatePairId).localCandidateId).candidateType;
  })
`;

Deno.test("voices come by WHIP and by TURN, and are heard in their rooms' HLS", async (t) => {
  const turnPort = freePort();
  const secret = crypto.randomUUID();
  await using cluster = await testCluster({
    gateways: 2,
    env: {
      ROOMCAST_TURN_URLS: `turn:127.0.0.1:${turnPort}?transport=udp`,
      ROOMCAST_TURN_SECRET: secret,
      ROOMCAST_SEAT_PARK_MS: "6000",
      ROOMCAST_WHIP_SILENCE_S: "2",
    },
  });
  const relayMin = 40_000 + (Deno.pid % 500) * 20;
  const coturn = await startCoturn({
    ...{ dir: `${cluster.dir}/coturn`, port: turnPort, relayMin, relayMax: relayMin + 19, secret },
    logFile: `${cluster.dir}/coturn.log`,
  });
  const microphone = `${cluster.dir}/tone.wav`;
  await writeWav(microphone, tone(HZ, 5));
  const browser = await launchBrowser({ microphone });
  const redis = connectRedis(cluster.redisUrl, silentLog());
  try {
    await redisReady(redis);
    const { roomId, key } = await roomWithKey(cluster);
    const page = await browser.newPage();
    await page.goto(cluster.url);
    const options = { url: `${cluster.url}/whip/${roomId}`, token: key };
    const seats = () => redis.client.hkeys(`seats:${roomId}`);
    const watcher = new LiveWatcher(`${cluster.url}/hls/${roomId}/live.m3u8`);
    watcher.start();

    await t.step(
      "an encoder that sends all candidates at once is heard, and ends by DELETE",
      async () => {
        const encoder = await speakByWhip(page, { ...options, trickle: false });
        await untilHeard(watcher);
        assert.equal(await encoder.end(), 200);
        assert.equal(await encoder.end(), 404);
        assert.deepEqual(await seats(), []);
      },
    );

    let session = "";
    const doomed = await browser.newPage();
    await t.step("an encoder that trickles is heard, also when its gateway is killed", async () => {
      await doomed.goto(cluster.url);
      const encoder = await speakByWhip(doomed, { ...options, trickle: true });
      assert.ok(encoder.statuses.length > 1);
      assert.ok(encoder.statuses.every((status) => status === 204), encoder.statuses.join());
      await untilHeard(watcher);
      const seat = encoder.session.split("/").at(-1) ?? "";
      const gateway = async () =>
        (await redis.client.hget(`seat:${seat}`, "gateway"))?.replace(/-[^-]+$/, "") ?? "";
      const had = await gateway();
      const heard = watcher.parts.length;
      cluster.process(had).kill("SIGKILL");
      await until("the seat at another gateway", async () => await gateway() !== had);
      await watcher.more(10);
      const sound = await decodeSound(watcher.media(watcher.parts.length - heard));
      assertTone(hear(sound), HZ);
      assert.deepEqual(await seats(), [seat]);
      session = encoder.session;
    });
    assert.deepEqual((await watcher.stop()).brokenRules, []);
    // Says no goodbye, as at a power cut.
    const crashed = doomed.waitForEvent("crash");
    doomed.goto("chrome://crash").catch(() => {});
    await crashed;
    await doomed.close();

    await t.step("a studio page that has nothing but TURN is heard", async () => {
      const context = await browser.newContext();
      await context.addInitScript(RELAY_ONLY);
      const studio = await openStudio(context, cluster.url, "Relayed");
      await studio.join();
      assert.equal(await studio.page.evaluate(LOCAL_KIND), "relay");
      const relayed = new LiveWatcher(`${cluster.url}/hls/${studio.roomId}/live.m3u8`);
      relayed.start();
      await untilHeard(relayed);
      await relayed.stop();
      assert.doesNotMatch(await logs(cluster), new RegExp(`${secret}|${key}`));
    });

    await t.step("the studio gives the room's owner a stream key, and takes it back", async () => {
      const [context] = browser.contexts().filter((one) => one !== page.context());
      const [studio] = context?.pages() ?? [];
      assert.ok(studio);
      await studio.getByText("Speak from OBS").click();
      await studio.getByRole("button", { name: "Make a key" }).click();
      const token = studio.getByLabel("Bearer token", { exact: true });
      assert.match(await token.inputValue(), /^rsk_\w+$/);
      const server = await studio.getByLabel("Server", { exact: true }).inputValue();
      assert.match(server, /\/whip\/[a-z0-9-]+$/);
      await studio.getByRole("button", { name: "Revoke the key OBS" }).click();
      await token.waitFor({ state: "detached" });
    });

    await t.step("the encoder that vanished without a goodbye was put out", async () => {
      await until("the seat to be given back", async () => (await seats()).length === 0);
      const headers = { authorization: `Bearer ${key}` };
      const ended = await fetch(session, { method: "DELETE", headers });
      assert.equal((await ended.json()).code, "not_found");
    });

    await t.step("TURN gives a browser nothing for credentials that ran out", async () => {
      const expires = (atMs: number) => `${Math.floor(atMs / 1000)}:ann`;
      assert.equal(await relays(page, coturn.url, expires(Date.now() + 60_000), secret), 1);
      assert.equal(await relays(page, coturn.url, expires(Date.now() - 60_000), secret), 0);
    });
  } finally {
    await Promise.all([redis.stop(), browser.close(), coturn.stop()]);
  }
});

/** A live room of a guest's, with a stream key. */
async function roomWithKey(cluster: Cluster): Promise<{ roomId: string; key: string }> {
  let token = "";
  const post = async <S extends z.ZodType>(path: string, schema: S, body: unknown = {}) => {
    const response = await fetch(`${cluster.url}/api${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...token && { authorization: token } },
      body: JSON.stringify(body),
    });
    return schema.parse(await response.json());
  };
  token = `Bearer ${(await post("/auth/guest", TokenPair, { name: "Ann" })).accessToken}`;
  const { id: roomId } = await post("/rooms", RoomView, { title: "Encoded", pin: "nobody-knows" });
  await post(`/rooms/${roomId}/start`, RoomView);
  const Created = ROOM_OPERATIONS["streamKey.create"].result;
  const { key } = await post(`/rooms/${roomId}/stream-keys`, Created, { name: "OBS" });
  return { roomId, key };
}

async function untilHeard(watcher: LiveWatcher): Promise<void> {
  await until(`${HZ} Hz`, async () => {
    await watcher.more(5);
    assertTone(hear(await decodeSound(watcher.media(5))), HZ);
    return true;
  });
}

/** How many relay candidates a browser gets of a TURN server with a user name and its right password. */
async function relays(page: Page, urls: string, username: string, secret: string): Promise<number> {
  const key = await crypto.subtle.importKey(
    "raw",
    new TextEncoder().encode(secret),
    { name: "HMAC", hash: "SHA-1" },
    false,
    ["sign"],
  );
  const mac = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(username));
  const iceServers = [{ urls, username, credential: new Uint8Array(mac).toBase64() }];
  const gather = `new Promise((resolve) => {
    const peer = new RTCPeerConnection({
      iceTransportPolicy: "relay",
      iceServers: ${JSON.stringify(iceServers)},
    });
    let found = 0;
    peer.onicecandidate = ({ candidate }) => candidate?.candidate ? found++ : resolve(found);
    peer.createDataChannel("any");
    void peer.setLocalDescription();
  })`;
  return z.number().parse(await page.evaluate(gather));
}

async function logs(cluster: Cluster): Promise<string> {
  const names = [...cluster.processes.values()].map(({ logFile }) => logFile);
  return (await Promise.all(names.map((name) => Deno.readTextFile(name).catch(() => "")))).join("");
}
