import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { AdminStats } from "../../src/contracts/admin.ts";
import { RoomView } from "../../src/contracts/operations.ts";
import { TokenPair } from "../../src/contracts/users.ts";
import { Admins } from "../../src/control/users/admins.ts";
import { silentLog } from "../../src/platform/log.ts";
import { connectRedis, redisReady } from "../../src/platform/redis.ts";
import { launchBrowser } from "../support/browser.ts";
import { type TestCluster, testCluster } from "../support/cluster.ts";
import { LiveWatcher } from "../support/hls/live_watcher.ts";
import { until } from "../support/until.ts";

const LOGIN = { login: "operator", password: "correct horse battery" };

async function makeAdmin(redisUrl: string): Promise<void> {
  const redis = connectRedis(redisUrl, silentLog());
  await redisReady(redis);
  await new Admins(redis.client).create(LOGIN.login, LOGIN.password);
  await redis.stop();
}

async function post(url: string, body: unknown, token?: string): Promise<unknown> {
  const response = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });
  const answer: unknown = await response.json();
  assert.ok(response.ok, JSON.stringify(answer));
  return answer;
}

async function liveRoom({ url }: TestCluster, id: string, title: string): Promise<RoomView> {
  const { accessToken } = TokenPair.parse(await post(`${url}/api/auth/guest`, {}));
  await post(`${url}/api/rooms`, { id, title }, accessToken);
  await post(`${url}/api/rooms/${id}/start`, {}, accessToken);
  return await until(`${id} is on air`, async () => {
    const room = await roomOf(url, id);
    return room.state === "on_air" && room;
  });
}

async function roomOf(url: string, id: string): Promise<RoomView> {
  return RoomView.parse(await (await fetch(`${url}/api/rooms/${id}`)).json());
}

async function confirm(page: Page, button: string, verb: string): Promise<void> {
  await page.getByRole("button", { name: button, exact: true }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: verb }).click();
  await dialog.waitFor({ state: "hidden" });
}

Deno.test("an admin drains a node and stops a room on the admin page", async () => {
  await using cluster = await testCluster({ gateways: 1, mixers: 2 });
  await makeAdmin(cluster.redisUrl);
  const moved = await liveRoom(cluster, "moved-room", "Night talk");
  await liveRoom(cluster, "stopped-room", "Noise");
  const listener = new LiveWatcher(`${cluster.url}/hls/moved-room/live.m3u8`, { mayMove: true });
  listener.start();
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on("console", (line) => line.type() === "error" && complaints.push(line.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    await page.goto(`${cluster.url}/admin`);
    await page.getByLabel("Login name").fill(LOGIN.login);
    await page.getByLabel("Password").fill(LOGIN.password);
    await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
    await page.getByText("Live", { exact: true }).first().waitFor();

    const from = moved.live?.mixerId ?? "";
    const to = from === "mixer-1" ? "mixer-2" : "mixer-1";
    await page.getByRole("button", { name: `Drain mixer/${from}`, exact: true }).click();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    await confirm(page, `Drain mixer/${from}`, "Drain it");
    await page.getByText(`operator told mixer/${from} to drain within 120 s.`).waitFor();
    await page.getByText(`mixer/${from} has ended after draining.`).waitFor();
    const row = page.getByRole("listitem", { name: "Night talk" });
    await row.getByText(new RegExp(`^\\s*Mixer\\s+${to}\\s*$`)).waitFor();
    assert.equal((await roomOf(cluster.url, "moved-room")).live?.id, moved.live?.id);

    await confirm(page, "Stop Noise", "Stop the broadcast");
    await page.getByRole("listitem", { name: "Noise" }).waitFor({ state: "detached" });
    assert.equal((await roomOf(cluster.url, "stopped-room")).live, null);
    await page.getByText("operator stopped Noise.").waitFor();

    const { accessToken } = TokenPair.parse(await post(`${cluster.url}/api/auth/login`, LOGIN));
    await until("the listener is counted", async () => {
      const answer = await fetch(`${cluster.url}/api/admin/stats`, {
        headers: { authorization: `Bearer ${accessToken}` },
      });
      const { samples } = AdminStats.parse(await answer.json());
      return samples.some(({ listeners, parts }) => listeners > 0.5 && parts > 0);
    }, 20_000);
    await page.getByText("at 1 edge").waitFor();
    assert.deepEqual(complaints, []);
    const { brokenRules, failedRequests } = await listener.stop();
    assert.deepEqual([brokenRules, failedRequests], [[], []]);
  } finally {
    await listener.stop();
    await browser.close();
  }
});
