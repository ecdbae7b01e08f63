import { deepEqual, equal, ok } from "node:assert/strict";
import { bridgeRoom } from "../../src/contracts/janus.ts";
import { CLOSE_CODES } from "../../src/contracts/rpc.ts";
import { encodeDisplay } from "../../src/gateway/signaling/display.ts";
import { RoomLog } from "../../src/gateway/signaling/room_log.ts";
import { connectJanus } from "../../src/platform/janus/connect.ts";
import { redisReady } from "../../src/platform/redis.ts";
import { until } from "../support/until.ts";
import { wireTo } from "./gateway_wire.ts";
import { type GatewayRig, JANUS_SECRETS, OFFER, startGatewayRig } from "./gateway_rig.ts";

let rig: GatewayRig;
Deno.test.beforeAll(async () => {
  rig = await startGatewayRig();
});
Deno.test.afterAll(() => rig.stop());

/** A page in a room, with its seat. */
async function member(sub: string, roomId: string, at?: string) {
  const page = await rig.page(sub, at);
  const { seat } = await page.call("join", { roomId, sdp: OFFER });
  return { page, seat };
}

Deno.test("a lost socket gives its seat back after a while: others hear it, and Janus has it no more", async () => {
  await rig.liveRoom("lost");
  const watcher = await member("watcher", "lost");
  const wire = wireTo(rig.url);
  const lost = await member("lost", "lost", wire.url);
  await watcher.page.notice("joined", ({ participant }) => participant.id === lost.seat);
  await wire.cut();
  await watcher.page.notice("left", ({ seat }) => seat === lost.seat);
  // Others are told as soon as Redis says that the seat is nobody else's; Janus is told then.
  await until("Janus to have it no more", async () => {
    const { participants } = await watcher.page.call("participants", {});
    return participants.every(({ id }) => id === watcher.seat);
  });
  await watcher.page.close();
});

Deno.test("stop() gives back locks, and seats that nobody takes up elsewhere are left", async () => {
  await rig.liveRoom("stops");
  const watcher = await member("watcher", "stops");
  const ending = await rig.startOne();
  const leaving = await member("leaving", "stops", ending);
  await watcher.page.notice("joined", ({ participant }) => participant.id === leaving.seat);
  await rig.stopGateway(ending);
  equal((await leaving.page.closed).code, CLOSE_CODES.shutting_down.code);
  await watcher.page.notice("left", ({ seat }) => seat === leaving.seat);
  equal((await watcher.page.call("participants", {})).participants.length, 1);

  const redis = rig.connectRedis();
  await redisReady(redis);
  equal(await redis.client.exists("lock:conn:leaving"), 0);
  equal(await redis.client.exists("lock:conn:watcher"), 1);
  deepEqual(await redis.client.hkeys("seats:stops"), [watcher.seat]);
  await Promise.all([redis.stop(), watcher.page.close()]);
});

Deno.test("the seat of a gateway that died is struck out by one that lives", async () => {
  await rig.liveRoom("orphans");
  const redis = rig.connectRedis();
  await redisReady(redis);
  const dead = {
    id: "ghost.abc",
    userId: "ghost",
    name: "G",
    role: "speaker" as const,
    muted: false,
  };
  const janus = await connectJanus({ url: rig.janus().url, ...JANUS_SECRETS });
  const nothing = () => {};
  const seat = await janus.seat({
    onParticipants: nothing,
    onLeaving: nothing,
    onTalking: nothing,
    onWebrtcUp: nothing,
    onReceiving: nothing,
    onHangup: nothing,
    onGone: nothing,
    onCut: nothing,
  });
  const room = bridgeRoom("orphans");
  await seat.join({ room, id: dead.id, display: encodeDisplay(dead), muted: false, sdp: OFFER });
  const roomLog = new RoomLog(redis, "dead-gateway");
  await roomLog.announce("orphans", dead);
  await roomLog.announce("orphans", { ...dead, id: "long.gone" });

  const one = await member("one", "orphans");
  await one.page.notice("left", ({ seat }) => seat === "long.gone");
  const two = await member("two", "orphans");
  equal((await two.page.call("participants", {})).participants.length, 3);
  await janus.stop();
  await one.page.notice("left", ({ seat }) => seat === dead.id);
  await two.page.notice("left", ({ seat }) => seat === dead.id);
  const methods = (await roomLog.after("orphans", "0-0")).map(({ method }) => method);
  equal(methods.filter((method) => method === "left").length, 2, "each is told once");
  await Promise.all([redis.stop(), one.page.close(), two.page.close()]);
});

Deno.test("without Redis people talk on and come in, and all is told when it is back", async () => {
  await rig.liveRoom("blind");
  const other = await rig.startOne();
  const stays = await member("stays", "blind", other);
  await stays.page.notice("joined");
  await rig.killRedis();

  deepEqual((await stays.page.call("participants", {})).participants.length, 1);
  equal((await stays.page.call("configure", { muted: true, name: "Silent" })).muted, true);
  equal((await stays.page.refusal("events", { after: "0-0" })).code, "unavailable");
  const older = await rig.page("late");
  await older.call("ping", {});
  const late = await member("late", "blind");
  equal((await older.closed).code, CLOSE_CODES.superseded.code);
  equal((await stays.page.call("participants", {})).participants.length, 2);
  const gone = await member("gone", "blind");
  await gone.page.close();

  await rig.reviveRedis();
  await stays.page.notice("joined", ({ participant }) => participant.id === late.seat);
  await late.page.notice(
    "joined",
    ({ participant }) =>
      participant.id === stays.seat && participant.muted && participant.name === "Silent",
  );
  const newest = await rig.page("late", other);
  await newest.call("ping", {});
  equal((await late.page.closed).code, CLOSE_CODES.superseded.code, "the lock was taken after all");
  await stays.page.notice("left", ({ seat }) => seat === late.seat);
  await Promise.all([stays.page.close(), newest.close()]);
});

Deno.test("a killed Janus sends everybody back, and they sit again as soon as it has the room", async () => {
  await rig.liveRoom("killed");
  const { page } = await member("host", "killed");
  const restarted = rig.restartJanus();
  equal((await page.notice("kicked")).rejoin, true);
  await restarted;
  const joined = page.call("join", { roomId: "killed", sdp: OFFER });
  await rig.createBridge("killed");
  ok((await joined).seat);
  await page.close();
});

Deno.test("join() does not wait for ever for a Janus that is away", async () => {
  await rig.liveRoom("away");
  const page = await rig.page("host");
  rig.janus().kill("SIGKILL");
  const refused = await page.refusal("join", { roomId: "away", sdp: OFFER });
  deepEqual([refused.code, refused.error.data?.retry], ["unavailable", true]);
  await page.close();
});
