import assert from "node:assert/strict";
import { waitForNodes } from "../../deploy/local/wait_for_nodes.ts";
import { TokenPair } from "../../src/contracts/users.ts";
import { RoomApi } from "../chaos/room_api.ts";
import { startComposeOnLoopback } from "../support/compose/compose_on_loopback.ts";
import { LiveWatcher } from "../support/hls/live_watcher.ts";
import { Page } from "./gateway_page.ts";
import { tempDir } from "../support/temp_dir.ts";
import { until } from "../support/until.ts";

Deno.test("the services of compose.yaml take a room on air when each runs with its own environment", async () => {
  await using dir = await tempDir();
  const net = `127.${16 + Math.floor(Math.random() * 200)}`;
  const compose = await startComposeOnLoopback(dir.path, net);
  try {
    const { ROOMCAST_BIND, ROOMCAST_ROOMS_PORT } = compose.file.services.rooms?.environment ?? {};
    await waitForNodes(`http://${ROOMCAST_BIND}:${ROOMCAST_ROOMS_PORT}`, { janus: 2, mixer: 2 });
    const api = await RoomApi.guest(compose.url);
    await api.create("composed", 2);
    await api.start("composed");
    await until("the room on air", async () => await api.state("composed") === "on_air");
    const watcher = new LiveWatcher(`${compose.url}/hls/composed/live.m3u8`);
    watcher.start();
    await watcher.more(5);

    const gateways = Object.values(compose.file.services)
      .map(({ environment }) => environment)
      .filter(({ ROOMCAST_GATEWAY_PORT }) => ROOMCAST_GATEWAY_PORT !== undefined)
      .map((env) => `${env.ROOMCAST_BIND}:${env.ROOMCAST_GATEWAY_PORT}`);
    assert.equal(gateways.length, 3);
    await Promise.all(gateways.map(() => openSocket(compose.url)));
    const used = await until("a log of each socket", async () => {
      const lines = [...(await compose.accessLog())
        .matchAll(/"status":101,.*"path":"\/ws".*"upstream":"([^"]+)"/g)];
      return lines.length >= gateways.length && lines.map(([, upstream]) => upstream);
    });
    assert.deepEqual(used.toSorted(), gateways.toSorted());

    const { brokenRules, stalledMs } = await watcher.stop();
    assert.deepEqual({ brokenRules, stalledMs }, { brokenRules: [], stalledMs: 0 });
  } finally {
    await compose.stop();
  }
});

/** A socket of somebody's through the front door, open and closed again. */
async function openSocket(url: string): Promise<void> {
  const response = await fetch(`${url}/api/auth/guest`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: "Somebody" }),
  });
  const { accessToken } = TokenPair.parse(await response.json());
  const page = await new Page(url, { token: accessToken, origin: "http://localhost:8080" })
    .opened();
  await page.close();
}
