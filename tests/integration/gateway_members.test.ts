import { nodeKey } from "../../src/contracts/keys.ts";
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { bridgeRoom } from "../../src/contracts/janus.ts";
import { START_GRACE_MS } from "../../src/contracts/states.ts";
import { startRooms } from "../../src/control/rooms/role.ts";
import { readConfig } from "../../src/platform/config.ts";
import { silentLog } from "../../src/platform/log.ts";
import { hashSecret } from "../../src/platform/password.ts";
import { WEBHOOK_EVENTS } from "../../src/contracts/webhook_events.ts";
import { until } from "../support/until.ts";
import { startReceiver } from "../support/webhook_receiver.ts";
import { type GatewayRig, OFFER, startGatewayRig } from "./gateway_rig.ts";

let rig: GatewayRig;
Deno.test.beforeAll(async () => {
  rig = await startGatewayRig();
});
Deno.test.afterAll(() => rig.stop());

Deno.test("join() gives a seat, an answer and who is there, and everybody hears of it", async () => {
  await rig.liveRoom("tea");
  const host = await rig.page("host");
  const hostSeat = await host.call("join", { roomId: "tea", sdp: OFFER });
  match(hostSeat.sdp, /^v=0\r\n.*a=candidate/s);
  deepEqual(hostSeat.participants.map(({ userId, role, muted }) => ({ userId, role, muted })), [
    { userId: "host", role: "host", muted: false },
  ]);
  equal(hostSeat.room.state, "starting");
  await host.notice("room.state", ({ state }) => state === "starting");
  await host.notice("joined", ({ participant }) => participant.id === hostSeat.seat);

  const guest = await rig.page("guest");
  const seat = await guest.call("join", { roomId: "tea", sdp: OFFER, name: "Ann", muted: true });
  deepEqual(seat.participants.map(({ name, muted }) => [name, muted]), [
    ["Ann", true],
    ["Name of host", false],
  ]);
  const { participant } = await host.notice("joined");
  deepEqual(participant, {
    id: seat.seat,
    userId: "guest",
    name: "Ann",
    role: "speaker",
    muted: true,
  });
  equal((await host.call("participants", {})).participants.length, 2);

  await guest.call("configure", { muted: false, name: "Anna" });
  await host.notice("muted", (params) => params.seat === seat.seat && !params.muted);
  await host.notice("renamed", ({ name }) => name === "Anna");
  const names = (await host.call("participants", {})).participants.map(({ name }) => name);
  deepEqual(names.sort(), ["Anna", "Name of host"]);

  const { events } = await host.call("events", { after: hostSeat.lastEventId });
  deepEqual(events.map(({ method }) => method), ["joined", "joined", "muted", "renamed"]);

  await guest.call("leave", {});
  await host.notice("left", (params) => params.seat === seat.seat);
  equal((await host.call("participants", {})).participants.length, 1);
  equal((await guest.refusal("participants", {})).code, "not_joined");
  ok((await guest.call("join", { roomId: "tea", sdp: OFFER })).seat !== seat.seat);
  await Promise.all([host.close(), guest.close()]);
});

Deno.test("join() is told to those who are there, also when seats are renewed meanwhile", async () => {
  await rig.liveRoom("often");
  const host = await rig.page("often-host");
  const { seat: own } = await host.call("join", { roomId: "often", sdp: OFFER });
  await host.notice("joined", ({ participant }) => participant.id === own);
  // Seats are renewed several times a second here: one of these joins meets it.
  for (let times = 0; times < 20; times++) {
    const guest = await rig.page("often-guest");
    const { seat } = await guest.call("join", { roomId: "often", sdp: OFFER });
    await host.notice("joined", ({ participant }) => participant.id === seat);
    await guest.close();
  }
  await host.close();
});

Deno.test("join() is refused with the reason when a room is unknown, not live, or had already", async () => {
  await rig.createRoom("quiet");
  await rig.liveRoom("loud");
  const page = await rig.page("host");
  const join = (roomId: string) => page.refusal("join", { roomId, sdp: OFFER });
  equal((await join("nowhere")).code, "room_not_found");
  equal((await join("quiet")).code, "room_not_live");
  equal((await join("../loud")).code, "invalid_params");
  equal((await page.refusal("trickle", { candidate: null })).code, "not_joined");

  const first = page.call("join", { roomId: "loud", sdp: OFFER });
  const trickled = page.call("trickle", { candidate: null });
  const second = join("loud");
  equal((await second).code, "already_joined");
  await first;
  deepEqual(await trickled, { ok: true });
  await page.call("trickle", { candidate: { candidate: "nonsense", sdpMid: "0" } });
  equal((await page.call("participants", {})).participants.length, 1);
  await page.close();
});

Deno.test("join() answers an SDP nobody can use with an error, and the next one works", async () => {
  await rig.liveRoom("sdp");
  const page = await rig.page("host");
  const join = (sdp: unknown) => page.refusal("join", { roomId: "sdp", sdp });
  equal((await join("not an SDP")).code, "invalid_params");
  equal((await join(17)).code, "invalid_params");
  equal((await join(`v=0\r\n${"a=x\r\n".repeat(13_000)}`)).code, "invalid_params");
  equal((await join("v=0\r\nthis is no SDP at all\r\n")).code, "media_failed");
  equal((await join(OFFER.replace("m=audio", "m=video"))).code, "media_failed");
  equal((await join(OFFER.replace(/a=fingerprint.*\r\n/, ""))).code, "media_failed");
  ok((await page.call("join", { roomId: "sdp", sdp: OFFER })).seat);
  await page.close();
});

Deno.test("join() asks for the PIN, counts wrong ones over all sockets, and lets owner and admin in", async () => {
  await rig.liveRoom("vault", { pinHash: await hashSecret("open-1") });
  const guest = await rig.page("guest");
  const join = { roomId: "vault", sdp: OFFER };
  equal((await guest.refusal("join", join)).code, "pin_required");
  equal((await guest.refusal("join", { ...join, pin: "wrong-0" })).code, "pin_wrong");
  await guest.call("join", { ...join, pin: "open-1" });
  await guest.close();

  const tries = await Promise.all(["a-user", "b-user"].map(async (user) => {
    const page = await rig.page(user);
    const codes: string[] = [];
    for (let i = 0; i < 6; i++) {
      codes.push((await page.refusal("join", { ...join, pin: `wrong-${i}` })).code);
    }
    const last = await page.refusal("join", { ...join, pin: "open-1" });
    await page.close();
    return { codes, last };
  }));
  const codes = tries.flatMap((each) => each.codes);
  equal(codes.filter((code) => code === "pin_wrong").length, 10);
  equal(codes.filter((code) => code === "too_many_requests").length, 2);
  for (const { last } of tries) {
    equal(last.code, "too_many_requests", "the right PIN does not help any more");
    ok((last.error.data?.retryAfterS ?? 0) > 500);
  }
  const host = await rig.page("host");
  equal((await host.call("join", join)).participants[0]?.role, "host");
  await host.close();
});

Deno.test("join() waits for the room's Janus, and says so when it waits for nothing", async () => {
  await rig.createRoom("slow");
  await rig.goLive("slow");
  const stale = await rig.rooms.read("slow");
  await rig.rooms.write("slow", { janus: stale.revisions.janus }, { janus: null });
  const page = await rig.page("host");
  const joined = page.call("join", { roomId: "slow", sdp: OFFER });
  await page.call("ping", {});
  await rig.createBridge("slow");
  ok((await joined).seat);
  await page.call("leave", {});

  await rig.goLive("slow", { epoch: 2, janusId: "j2" });
  const refused = page.refusal("join", { roomId: "slow", sdp: OFFER });
  await page.call("ping", {});
  await rig.stopRoom("slow");
  equal((await refused).code, "room_not_live");
  await page.close();
});

Deno.test("kicked() tells whether to come back when the room is over, moved, or gone from its Janus", async () => {
  await rig.liveRoom("moves");
  const page = await rig.page("host");
  const join = () => page.call("join", { roomId: "moves", sdp: OFFER });

  await join();
  await rig.goLive("moves", { epoch: 2, mixerId: "m2" });
  await page.notice("room.state", ({ reasons }) => reasons.some((why) => why.includes("m2")));
  equal(page.told("kicked"), 0, "a new mixer moves nobody");

  await rig.goLive("moves", { epoch: 3, liveId: "livelive2" });
  equal((await page.notice("kicked")).rejoin, true);
  await join();

  await rig.onBridge((bridge) => bridge.destroyRoom(bridgeRoom("moves")));
  equal((await page.notice("kicked")).rejoin, true);
  await rig.createBridge("moves", 3);
  await join();

  await rig.stopRoom("moves");
  deepEqual(await page.notice("kicked"), { reason: "room over", rejoin: false });
  await page.notice("room.state", ({ state }) => state === "starting");
  equal((await page.refusal("participants", {})).code, "not_joined");
  await page.close();
});

Deno.test("room.state() turns from starting to degraded when the start took too long", async () => {
  await rig.createRoom("late");
  await rig.goLive("late", { startedAt: Date.now() - START_GRACE_MS + 300 });
  const page = await rig.page("host");
  equal((await page.call("join", { roomId: "late", sdp: OFFER })).room.state, "starting");
  const { reasons } = await page.notice("room.state", ({ state }) => state === "degraded");
  match(reasons.join(), /waiting for mixer m1/);
  await page.close();
});

Deno.test("room.state() says degraded as soon as the room's mixer is gone, and not when it is back", async () => {
  await rig.liveRoom("orphan");
  await rig.goLive("orphan", { epoch: 2, mixerId: "m2" });
  const page = await rig.page("host");
  await page.call("join", { roomId: "orphan", sdp: OFFER });
  const key = nodeKey("mixer", "m2");
  const node = await rig.client.get(key).string();
  await rig.client.delete().key(key);
  const { reasons } = await page.notice("room.state", ({ state }) => state === "degraded");
  match(reasons.join(), /mixer m2 is gone/);
  await rig.client.put(key).value(node ?? "");
  await page.notice("room.state", ({ state }) => state === "starting");
  await page.close();
});

Deno.test("events() takes only ids that can be", async () => {
  await rig.liveRoom("past");
  const page = await rig.page("host");
  await page.call("join", { roomId: "past", sdp: OFFER });
  for (const after of ["x", "1", "99999999999999999999-0", "-1-0"]) {
    equal((await page.refusal("events", { after })).code, "invalid_params", after);
  }
  deepEqual((await page.call("events", { after: "18446744073709551615-0" })).events, []);
  await page.close();
});

Deno.test("join() and leave() are told to the webhook of the room's owner", async () => {
  const receiver = startReceiver();
  const more = { ROOMCAST_ROOMS_PORT: "0", ROOMCAST_WEBHOOK_PRIVATE: "true" };
  const config = readConfig({ ...rig.settings, ...more });
  const manager = await startRooms({ config, log: silentLog() });
  const authorization = `Bearer ${await rig.token("host")}`;
  const body = JSON.stringify({ url: receiver.url, events: ["member.joined", "member.left"] });
  await until("a webhook can be made", async () => {
    const headers = { authorization, "content-type": "application/json" };
    const made = await fetch(`${manager.url}/api/webhooks`, { method: "POST", headers, body });
    await made.body?.cancel();
    return made.status === 201;
  });
  await rig.liveRoom("hooked");
  const page = await rig.page("guest");
  const { seat } = await page.call("join", { roomId: "hooked", sdp: OFFER, name: "Ann" });
  await page.call("leave", {});
  const told = () =>
    receiver.received.flatMap(({ event: { type, data } }) => {
      const { room, live, member } = WEBHOOK_EVENTS["member.left"].data.parse(data);
      return room.id === "hooked" ? [{ type, live: live?.id, member }] : [];
    });
  await until("both were told", () => told().length === 2);
  const member = { seat, userId: "guest", name: "Ann", role: "speaker" };
  deepEqual(told(), [
    { type: "member.joined", live: "livelive1", member },
    { type: "member.left", live: "livelive1", member },
  ]);
  await page.close();
  await manager.stop();
  await receiver.stop();
});

Deno.test("room.create(), start and stop reach the Room Manager as the caller, errors and all", async () => {
  const log = silentLog();
  const config = readConfig({ ...rig.settings, ROOMCAST_ROOMS_PORT: "0" });
  const manager = await startRooms({ config, log });
  const at = await rig.startOne({ ROOMCAST_ROOMS_URL: manager.url ?? "" });
  const page = await rig.page("host", at);
  const room = await page.call("room.create", { id: "proxied", title: "Proxied" });
  equal(room.owner.id, "host");
  equal((await page.refusal("room.create", { id: "proxied", title: "x" })).code, "room_exists");
  equal((await page.refusal("room.create", { id: "../x", title: "x" })).code, "invalid_params");
  equal((await page.refusal("room.start", { id: "proxied" })).code, "no_capacity");
  equal((await page.call("room.get", { id: "proxied" })).state, "idle");
  equal((await page.call("room.stop", { id: "proxied" })).state, "idle");
  const other = await rig.page("guest", at);
  equal((await other.refusal("room.stop", { id: "proxied" })).code, "forbidden");
  await manager.stop();
  equal((await other.refusal("room.get", { id: "proxied" })).code, "unavailable");
  await Promise.all([page.close(), other.close()]);
});
