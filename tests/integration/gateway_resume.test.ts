import { deepEqual, equal, match, notEqual } from "node:assert/strict";
import { bridgeRoom } from "../../src/contracts/janus.ts";
import { nodeKey } from "../../src/contracts/keys.ts";
import { randomId } from "../../src/contracts/ids.ts";
import { CLOSE_CODES } from "../../src/contracts/rpc.ts";
import { sleep } from "../../src/platform/backoff.ts";
import { hashSecret } from "../../src/platform/password.ts";
import type { Page } from "./gateway_page.ts";
import { type GatewayRig, OFFER, startGatewayRig } from "./gateway_rig.ts";
import { wireTo } from "./gateway_wire.ts";

let rig: GatewayRig;
let other: string;
Deno.test.beforeAll(async () => {
  rig = await startGatewayRig({ parkMs: 2000, reclaimS: 45 });
  other = await rig.startOne();
});
Deno.test.afterAll(() => rig.stop());

/** A page in a room, with what it needs to come back. */
async function member(sub: string, roomId: string, at?: string, more: object = {}) {
  const page = await rig.page(sub, at);
  const { seat, secret, lastEventId } = await page.call("join", { roomId, sdp: OFFER, ...more });
  return { page, seat, secret, proof: { seat, secret, lastEventId } };
}

/** Who is in the room, as Janus says to whoever is there. */
async function present(page: Page): Promise<string[]> {
  return (await page.call("participants", {})).participants.map(({ id }) => id).sort();
}

Deno.test("resume() gives the seat back on the same gateway, with what was missed, once", async () => {
  await rig.liveRoom("same");
  const watcher = await member("watcher", "same");
  const wire = wireTo(rig.url);
  const lost = await member("lost", "same", wire.url);
  await lost.page.call("configure", { muted: true });
  await watcher.page.notice("muted", ({ seat }) => seat === lost.seat);
  await wire.cut();
  const late = await member("late", "same");
  await watcher.page.notice("joined", ({ participant }) => participant.id === late.seat);

  const back = await rig.page("lost");
  const resumed = await back.call("resume", lost.proof);
  equal(resumed.seat, lost.seat);
  deepEqual(resumed.events.map(({ method }) => method), ["joined", "muted", "joined"]);
  const seats = resumed.participants.map(({ id, muted }) => [id, muted]);
  deepEqual(seats.sort(), [[late.seat, false], [lost.seat, true], [watcher.seat, false]].sort());
  equal(resumed.room.id, "same");
  await late.page.call("configure", { name: "Later" });
  await back.notice("renamed");
  equal(back.told("joined"), 0, "nothing is told twice");
  equal((await back.call("configure", { muted: false })).muted, false);
  equal(watcher.page.told("left"), 0);
  equal((await back.refusal("resume", lost.proof)).code, "already_joined");

  await back.close();
  await watcher.page.notice("left", ({ seat }) => seat === lost.seat);
  await Promise.all([watcher.page.close(), late.page.close()]);
});

Deno.test("resume() takes a seat over from a gateway that was killed", async () => {
  await rig.liveRoom("killed");
  const watcher = await member("watcher", "killed");
  const doomed = await rig.startProcess("doomed");
  const lost = await member("lost", "killed", doomed.url);
  await watcher.page.notice("joined", ({ participant }) => participant.id === lost.seat);
  doomed.kill("SIGKILL");
  await lost.page.closed;
  await watcher.page.call("configure", { muted: true });

  const back = await rig.page("lost", other);
  const resumed = await back.call("resume", lost.proof);
  deepEqual(resumed.participants.map(({ id }) => id).sort(), [lost.seat, watcher.seat].sort());
  deepEqual(resumed.events.map(({ method }) => method), ["joined", "muted"]);
  await back.call("configure", { name: "Found" });
  await watcher.page.notice("renamed", ({ name }) => name === "Found");
  await watcher.page.call("configure", { muted: false });
  await back.notice("muted");
  await rig.onBridge((bridge) => bridge.destroyRoom(bridgeRoom("killed")));
  equal((await back.notice("kicked")).rejoin, true, "it hears what Janus says");
  equal(watcher.page.told("left"), 0);
  await Promise.all([watcher.page.close(), back.close()]);
});

Deno.test("a gateway that hung ends no seat that another has taken over", async () => {
  await rig.liveRoom("hung");
  const watcher = await member("watcher", "hung");
  const frozen = await rig.startProcess("frozen");
  const lost = await member("lost", "hung", frozen.url);
  frozen.kill("SIGSTOP");
  const back = await rig.page("lost", other);
  equal((await back.call("resume", lost.proof)).seat, lost.seat);
  frozen.kill("SIGCONT");
  equal((await lost.page.closed).code, CLOSE_CODES.superseded.code);
  // Its own end, and that of its wait for the page, would have come by now.
  const brief = await member("brief", "hung", frozen.url);
  await brief.page.close();
  await watcher.page.notice("left", ({ seat }) => seat === brief.seat);
  await frozen.stop();
  equal(watcher.page.told("left"), 0);
  deepEqual(await present(back), [lost.seat, watcher.seat].sort());
  await Promise.all([watcher.page.close(), back.close()]);
});

Deno.test("stop() leaves seats to be claimed: pages that go elsewhere have them again", async () => {
  await rig.liveRoom("stops");
  const watcher = await member("watcher", "stops");
  const ending = await rig.startOne();
  const lost = await member("lost", "stops", ending);
  const stopped = rig.stopGateway(ending);
  equal((await lost.page.closed).code, CLOSE_CODES.shutting_down.code);
  const back = await rig.page("lost", other);
  equal((await back.call("resume", lost.proof)).seat, lost.seat);
  await stopped;
  deepEqual(await present(watcher.page), [lost.seat, watcher.seat].sort());
  equal(watcher.page.told("left"), 0);
  await Promise.all([watcher.page.close(), back.close()]);
});

Deno.test("resume() is refused without proof, to others, and when the time is over", async () => {
  await rig.liveRoom("refused");
  const watcher = await member("watcher", "refused");
  const wire = wireTo(rig.url);
  const lost = await member("lost", "refused", wire.url);
  await wire.cut();
  const thief = await rig.page("thief");
  const guess = { ...lost.proof, secret: randomId(32) };
  for (const at of [rig.url, other]) {
    const page = await rig.page("lost", at);
    equal((await page.refusal("resume", guess)).code, "seat_gone");
    equal((await page.refusal("resume", { ...lost.proof, seat: "lost.x" })).code, "seat_gone");
    equal((await page.refusal("resume", { ...guess, secret: "short" })).code, "invalid_params");
    await page.close();
  }
  equal((await thief.refusal("resume", lost.proof)).code, "seat_gone");
  const { seat } = await thief.call("join", {
    roomId: "refused",
    sdp: OFFER,
    seat: lost.seat,
    secret: lost.secret,
  });
  match(seat, /^thief\./, "nor is it given to others by join()");
  await watcher.page.notice("left", (params) => params.seat === lost.seat);
  const late = await rig.page("lost");
  equal((await late.refusal("resume", lost.proof)).code, "seat_gone");
  await Promise.all([watcher.page.close(), thief.close(), late.close()]);
});

Deno.test("join() gives the same seat again after a move, without a PIN and with nobody leaving", async () => {
  await rig.liveRoom("moved", { pinHash: await hashSecret("open-1") });
  const pin = "open-1";
  const watcher = await member("watcher", "moved", rig.url, { pin });
  const wire = wireTo(other);
  const moved = await member("moved", "moved", wire.url, { pin, name: "Ann" });
  await watcher.page.notice("joined", ({ participant }) => participant.id === moved.seat);
  await rig.onBridge((bridge) => bridge.destroyRoom(bridgeRoom("moved")));
  for (const { page } of [watcher, moved]) equal((await page.notice("kicked")).rejoin, true);
  await rig.createBridge("moved");

  const join = { roomId: "moved", sdp: OFFER };
  const again = async ({ page, seat, secret }: typeof moved, more: object = {}) =>
    await page.call("join", { ...join, seat, secret, ...more });
  equal((await again(watcher)).seat, watcher.seat);
  // The other's gateway is another one now: the socket was lost too.
  await wire.cut();
  const page = await rig.page("moved");
  const { seat, participants } = await again({ ...moved, page }, { muted: true });
  equal(seat, moved.seat);
  const names = participants.map(({ name, muted }) => `${name} ${muted}`).sort();
  deepEqual(names, ["Ann true", "Name of watcher false"]);
  await watcher.page.notice(
    "joined",
    ({ participant }) => participant.id === moved.seat && participant.muted,
  );
  equal(watcher.page.told("left"), 0);
  equal((await page.refusal("join", join)).code, "already_joined");
  const anew = await again({ ...moved, page }, { muted: true });
  equal(anew.seat, moved.seat, "media that were lost are joined anew over the same socket");
  deepEqual(await present(watcher.page), [moved.seat, watcher.seat].sort());
  equal(watcher.page.told("left"), 0);
  await Promise.all([watcher.page.close(), page.close()]);
});

Deno.test("join() without proof gives another seat and puts the one left behind out", async () => {
  await rig.liveRoom("reload");
  const watcher = await member("watcher", "reload");
  const doomed = await rig.startProcess("reloaded");
  const old = await member("person", "reload", doomed.url);
  doomed.kill("SIGKILL");
  await old.page.closed;
  const anew = await member("person", "reload", other);
  notEqual(anew.seat, old.seat);
  await watcher.page.notice("left", ({ seat }) => seat === old.seat);
  // Janus puts people out in its own time.
  while ((await present(watcher.page)).includes(old.seat)) await sleep(20);
  deepEqual(await present(watcher.page), [anew.seat, watcher.seat].sort());
  await Promise.all([watcher.page.close(), anew.page.close()]);
});

Deno.test("a connection to Janus that breaks costs nobody their seat: it is claimed over the next one", async () => {
  await rig.liveRoom("cut");
  const wire = wireTo(rig.janus().url.replace("ws:", "http:"));
  const key = nodeKey("janus", "j1");
  const node = await rig.client.get(key).string() ?? "";
  const url = wire.url.replace("http:", "ws:");
  await rig.client.put(key).value(JSON.stringify({ ...JSON.parse(node), url }));
  const at = await rig.startOne();
  const ann = await member("ann", "cut", at);
  const bob = await member("bob", "cut", at);
  wire.drop();
  const silent = () => ann.page.call("configure", { name: "Anna" }).then(() => false, () => true);
  while (await silent()) await sleep(50);
  await bob.page.notice("renamed", ({ name }) => name === "Anna");
  deepEqual(await present(ann.page), [ann.seat, bob.seat].sort());
  await rig.onBridge((bridge) => bridge.destroyRoom(bridgeRoom("cut")));
  equal((await ann.page.notice("kicked")).reason, "the room was closed", "not kicked before");
  await rig.client.put(key).value(node);
  await Promise.all([ann.page.close(), bob.page.close()]);
  await rig.stopGateway(at);
  await wire.cut();
});

Deno.test("resume() works on the same gateway while Redis is away, and everywhere after it lost its data", async () => {
  await rig.liveRoom("flushed");
  const watcher = await member("watcher", "flushed");
  const wire = wireTo(rig.url);
  const lost = await member("lost", "flushed", wire.url);
  await rig.killRedis();
  await wire.cut();
  const back = await rig.page("lost");
  equal((await back.call("resume", lost.proof)).seat, lost.seat);
  const elsewhere = await rig.page("lost", other);
  equal((await elsewhere.refusal("resume", lost.proof)).code, "unavailable");
  await elsewhere.close();
  await rig.reviveRedis();

  const redis = rig.connectRedis();
  await new Promise((resolve) => redis.client.once("ready", resolve));
  await redis.client.flushall();
  const entered = async () => (await redis.client.hkeys("seats:flushed")).length;
  while (await entered() < 2) await sleep(50);
  const third = await rig.page("lost", other);
  equal((await third.call("resume", lost.proof)).seat, lost.seat);
  deepEqual(await present(watcher.page), [lost.seat, watcher.seat].sort());
  await watcher.page.call("configure", { muted: true });
  await third.notice("muted");
  equal(watcher.page.told("left"), 0);
  await Promise.all([redis.stop(), watcher.page.close(), third.close()]);
});
