import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { bridgeRoom } from "../../src/contracts/janus.ts";
import { connectEtcd, EtcdStore } from "../../src/coordination/etcd.ts";
import { RoomStore, type VersionedRoom } from "../../src/coordination/rooms.ts";
import type { Config } from "../../src/platform/config.ts";
import { silentLog } from "../../src/platform/log.ts";
import type {
  AudioBridge,
  ForwarderInfo,
  JanusConnection,
} from "../../src/platform/janus/types.ts";
import { RoomKeeper } from "../../src/media/janus/room_keeper.ts";
import { startJanusManager } from "../../src/media/janus/role.ts";
import { MIXER, startRig } from "./janus_rig.ts";

const status = (wanted: string, epoch = 1) => ({ janus }: VersionedRoom) =>
  janus?.status === wanted && janus.epoch === epoch;
const forwarderOf = ({ janus }: VersionedRoom) => {
  assert.equal(janus?.forwarders.length, 1);
  return janus.forwarders[0];
};

Deno.test("the Janus Manager", async (t) => {
  const rig = await startRig();
  let onWarning = () => {};
  const log = { ...silentLog(), warn: () => onWarning() };
  const start = () => startJanusManager({ config: rig.config, log });
  let manager = await start();
  let connection: JanusConnection = await rig.connect();
  let bridge: AudioBridge = await connection.bridge();
  const reconnect = async () => {
    await connection.stop();
    connection = await rig.connect();
    bridge = await connection.bridge();
  };

  /** Resolves when these rooms are on Janus, and no others. */
  const roomsAre = async (...wanted: string[]) => {
    for (;;) {
      const found = (await bridge.listRooms()).sort();
      if (JSON.stringify(found) === JSON.stringify(wanted.sort())) return;
    }
  };

  await t.step("announces its node", async () => {
    const node = await rig.nodeIs("j1", (info) => info !== null);
    assert.equal(node?.url, rig.config.ROOMCAST_JANUS_URL);
    assert.equal(node.unhealthy, null);
  });

  await t.step("creates the room when livemeta names this node", async () => {
    await rig.putLive("one");
    await rig.roomIs("one", status("room_created"));
    assert.deepEqual(await bridge.listRooms(), [bridgeRoom("one")]);
    assert.deepEqual(await bridge.listForwarders(bridgeRoom("one")), []);
  });

  await t.step("forwards real RTP, once, when the mixer's port is there", async () => {
    const socket = createSocket("udp4");
    const packet = Promise.withResolvers<Uint8Array>();
    socket.on("message", packet.resolve);
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    await rig.putMixer("one", { port: socket.address().port });
    const forwarder = forwarderOf(await rig.roomIs("one", status("forwarding")));
    const { buffer, byteOffset } = await packet.promise;
    socket.close();
    assert.equal(new DataView(buffer, byteOffset).getUint32(8), forwarder?.ssrc);
    const { mixerId: _, ...asJanusHasIt } = { mixerId: "", ...forwarder };
    assert.deepEqual(await bridge.listForwarders(bridgeRoom("one")), [asJanusHasIt]);
  });

  await t.step("changes the forwarder when the mixer moves", async () => {
    await rig.putLive("one", { epoch: 2, mixerId: "m2" });
    await rig.putMixer("one", { epoch: 2, mixerId: "m2", port: 39_010 });
    const forwarder = forwarderOf(await rig.roomIs("one", status("forwarding", 2)));
    assert.equal(forwarder?.mixerId, "m2");
    const listed = await bridge.listForwarders(bridgeRoom("one"));
    assert.deepEqual(listed.map(({ port }) => port), [39_010]);
  });

  await t.step("leaves the forwarder alone when only the epoch is new", async () => {
    const before = forwarderOf(rig.rooms.get("one"));
    await rig.putLive("one", { epoch: 3, mixerId: "m2" });
    const after = forwarderOf(await rig.roomIs("one", status("forwarding", 3)));
    assert.deepEqual(after, before);
  });

  await t.step("makes a new forwarder to the same port when the broadcast is new", async () => {
    const before = forwarderOf(rig.rooms.get("one"));
    const next = { liveId: "livelive2", mixerId: "m2" };
    await rig.putLive("one", { epoch: 4, live: 2, ...next });
    await rig.putMixer("one", { epoch: 4, port: 39_010, ...next });
    const after = forwarderOf(await rig.roomIs("one", status("forwarding", 4)));
    assert.notEqual(after?.ssrc, before?.ssrc);
    const listed = await bridge.listForwarders(bridgeRoom("one"));
    assert.deepEqual(listed.map(({ ssrc }) => ssrc), [after?.ssrc]);
  });

  await t.step("forwards to the standby too, and leaves that be when it is promoted", async () => {
    const isPort = (port: number) => (one: { port: number }) => one.port === port;
    await rig.putLive("pair", { standbyId: "m2" });
    await rig.putMixer("pair", { port: 39_040 });
    await rig.put("/rooms/pair/standby", { ...MIXER, mixerId: "m2", port: 39_042 });
    const { janus } = await rig.roomIs("pair", ({ janus }) => janus?.forwarders.length === 2);
    assert.deepEqual(janus?.forwarders.map(({ mixerId }) => mixerId), ["m1", "m2"]);
    const promised = janus?.forwarders.find(isPort(39_042));
    await rig.putLive("pair", { epoch: 2, mixerId: "m2" });
    const promoted = forwarderOf(await rig.roomIs("pair", status("forwarding", 2)));
    assert.deepEqual(promoted, promised);
    const listed = await bridge.listForwarders(bridgeRoom("pair"));
    assert.deepEqual(listed.map(({ ssrc }) => ssrc), [promised?.ssrc]);
    await rig.client.delete().key("/rooms/pair/livemeta");
    await rig.roomIs("pair", ({ janus }) => janus === null);
  });

  await t.step("leaves other rooms alone when one room's keys hold garbage", async () => {
    await rig.client.put("/rooms/bad/livemeta").value("{not json");
    await rig.client.put("/rooms/bad2/livemeta").value(JSON.stringify({ status: "onair" }));
    await rig.client.put("/rooms/one/mixer").value("[]");
    await rig.putLive("two");
    await rig.roomIs("two", status("room_created"));
    await rig.roomIs("one", status("room_created", 4));
    await rig.client.put("/rooms/one/livemeta").value("broken");
    await rig.putMixer("two", { port: 39_020 });
    await rig.roomIs("two", status("forwarding"));
    await roomsAre(bridgeRoom("one"), bridgeRoom("two"));
    await rig.client.delete().key("/rooms/one/mixer");
    await rig.client.delete().key("/rooms/one/livemeta");
    await rig.roomIs("one", ({ janus }) => janus === null);
    await roomsAre(bridgeRoom("two"));
  });

  await t.step("adopts what is there when it starts again", async () => {
    const before = rig.rooms.get("two");
    await manager.stop();
    await rig.nodeIs("j1", (info) => info === null);
    assert.equal((await bridge.listForwarders(bridgeRoom("two"))).length, 1);
    await bridge.ensureRoom(bridgeRoom("stray"));
    await bridge.forward(bridgeRoom("stray"), { host: "127.0.0.1", port: 39_030, ssrc: 1 });
    await bridge.forward(bridgeRoom("two"), { host: "127.0.0.1", port: 39_020, ssrc: 7 });
    await bridge.ensureRoom("somebody-elses");
    manager = await start();
    await roomsAre(bridgeRoom("two"), "somebody-elses");
    await rig.putLive("three");
    await rig.roomIs("three", status("room_created"));
    const kept = forwarderOf(before);
    for (let listed: readonly ForwarderInfo[] = []; listed.length !== 1;) {
      listed = await bridge.listForwarders(bridgeRoom("two"));
      assert.ok(listed.some(({ streamId }) => streamId === kept?.streamId));
    }
    assert.equal(rig.rooms.get("two").revisions.janus, before.revisions.janus);
  });

  await t.step("rebuilds rooms and forwarders when Janus was killed", async () => {
    const before = forwarderOf(rig.rooms.get("two"));
    await rig.restartJanus();
    const after = await rig.roomIs(
      "two",
      (room) => status("forwarding")(room) && room.janus?.forwarders[0]?.ssrc !== before?.ssrc,
    );
    await reconnect();
    const listed = await bridge.listForwarders(bridgeRoom("two"));
    assert.deepEqual(listed.map(({ ssrc }) => ssrc), [forwarderOf(after)?.ssrc]);
  });

  await t.step("makes its rooms anew when the machine's clock is stepped", async () => {
    const before = forwarderOf(rig.rooms.get("two"));
    const trueNow = Date.now;
    Date.now = () => trueNow() - 8000;
    const noticed = Promise.withResolvers<void>();
    onWarning = noticed.resolve;
    await noticed.promise.finally(() => {
      Date.now = trueNow;
      onWarning = () => {};
    });
    const isNew = ({ janus }: VersionedRoom) =>
      janus?.forwarders.length === 1 && janus.forwarders[0]?.ssrc !== before?.ssrc;
    const after = forwarderOf(await rig.roomIs("two", isNew));
    assert.equal(after?.port, before?.port);
  });

  await t.step("says that Janus is away, and comes back with it", async () => {
    rig.janus().kill("SIGKILL");
    const { janus } = await rig.roomIs("two", status("failed"));
    assert.match(janus?.reason ?? "", /^Janus is away: /);
    await rig.restartJanus();
    await rig.roomIs("two", status("forwarding"));
    await reconnect();
  });

  await t.step("keeps what is on air while etcd is away, even when Janus is killed", async () => {
    const before = forwarderOf(rig.rooms.get("two"));
    rig.etcd.kill("SIGSTOP");
    await rig.restartJanus();
    await reconnect();
    await roomsAre(bridgeRoom("two"), bridgeRoom("three"));
    rig.etcd.kill("SIGCONT");
    await rig.roomIs(
      "two",
      (room) => status("forwarding")(room) && room.janus?.forwarders[0]?.ssrc !== before?.ssrc,
    );
    await rig.nodeIs("j1", (info) => info !== null);
  });

  await t.step("writes nothing when it is a zombie that missed the room's move", async () => {
    const store = new EtcdStore(connectEtcd([rig.etcd.url]));
    const blind = new RoomStore({ store, log: silentLog() });
    await rig.putLive("moved", { janusId: "zombie" });
    await blind.start();
    await blind.stop();
    const log = silentLog();
    const janus = { bridge: () => bridge, unhealthy: () => null };
    const zombie = new RoomKeeper({ self: "zombie", rooms: blind, janus, log });
    await rig.putLive("moved", { janusId: "j2", epoch: 2 });
    assert.notEqual(await zombie.reconcile("moved"), null);
    assert.equal(await store.get("/rooms/moved/janus"), null);
    await store.stop();
    await bridge.destroyRoom(bridgeRoom("moved"));
  });

  await t.step("gives a room up to another node, and leaves that node's key alone", async () => {
    await rig.putLive("two", { epoch: 2, janusId: "j2" });
    const other = { epoch: 2, janusId: "j2", status: "room_created", forwarders: [] };
    await rig.client.put("/rooms/two/janus").value(JSON.stringify(other));
    await rig.putLive("three", { epoch: 2 });
    await rig.roomIs("three", status("room_created", 2));
    await roomsAre(bridgeRoom("three"));
    assert.equal(rig.rooms.get("two").janus?.janusId, "j2");
  });

  await t.step("says what is wrong when Janus refuses us", async () => {
    const refused = async (change: Partial<Config>, reason: RegExp) => {
      const config = { ...rig.config, ROOMCAST_NODE_ID: "j9", ...change };
      const other = await startJanusManager({ config, log: silentLog() });
      await rig.putLive("refused", { janusId: "j9" });
      const { janus } = await rig.roomIs("refused", status("failed"));
      assert.match(janus?.reason ?? "", reason);
      await rig.client.delete().key("/rooms/refused/livemeta");
      await rig.roomIs("refused", ({ janus }) => janus === null);
      await other.stop();
    };
    await refused({ ROOMCAST_JANUS_API_SECRET: "wrong" }, /^Janus is away: .*Unauthorized/);
    await refused({ ROOMCAST_JANUS_ADMIN_KEY: "wrong" }, /^Janus is away: .*wrong admin_key/);
    await refused({ ROOMCAST_JANUS_ADMIN_KEY: "" }, /^Missing mandatory element \(admin_key\)/);
  });

  await t.step("leaves nothing when the room is over", async () => {
    await rig.putMixer("three", { epoch: 2 });
    await rig.roomIs("three", status("forwarding", 2));
    await rig.client.delete().key("/rooms/three/livemeta");
    await rig.roomIs("three", ({ janus }) => janus === null);
    assert.deepEqual(await bridge.listRooms(), []);
  });

  await manager.stop();
  await connection.stop();
  await rig.stop();
});
