import { deepEqual, equal, match, ok } from "node:assert/strict";
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
