import assert from "node:assert/strict";
import { drainKey, suspicionKey } from "../../src/contracts/keys.ts";
import { SuspicionStore } from "../../src/coordination/suspicions.ts";
import { EtcdStore } from "../../src/coordination/etcd.ts";
import { createApp, serveHttp } from "../../src/platform/http.ts";
import { silentLog } from "../../src/platform/log.ts";
import { metricsText } from "../../src/platform/metrics.ts";
import { startJanusManager } from "../../src/media/janus/role.ts";
import { bridgeRoom } from "../../src/contracts/janus.ts";
import { startRig } from "./janus_rig.ts";

/** How often something was mended, as `/metrics` says. */
async function repairs(what: string): Promise<number> {
  const { text } = await metricsText();
  const line = text.split("\n").find((one) =>
    one.startsWith(`roomcast_repairs_total{what="${what}"}`)
  );
  return Number(line?.split(" ").at(-1) ?? 0);
}

Deno.test("the Janus Manager's node", async (t) => {
  const rig = await startRig();
  const log = silentLog();
  const [missing, stray] = await Promise.all([
    repairs("janus_room_missing"),
    repairs("janus_room_stray"),
  ]);
  const connection = await rig.connect();
  const bridge = await connection.bridge();
  await bridge.ensureRoom(bridgeRoom("stray"));
  const manager = await startJanusManager({ config: rig.config, log });
  await rig.nodeIs("j1", (info) => info !== null);

  await t.step("counts what it mends: a room that nobody wants", async () => {
    while (await repairs("janus_room_stray") === stray) await bridge.listRooms();
    assert.equal(await repairs("janus_room_stray"), stray + 1);
    assert.deepEqual(await bridge.listRooms(), []);
    await connection.stop();
  });

  await t.step(
    "is unhealthy at once when Janus hangs, and well again when it goes on",
    async () => {
      await rig.putLive("one");
      await rig.putMixer("one", { port: 39_050 });
      await rig.roomIs("one", ({ janus }) => janus?.status === "forwarding");
      rig.janus().kill("SIGSTOP");
      const hung = await rig.nodeIs("j1", (info) => info !== null && info.unhealthy !== null);
      assert.match(hung?.unhealthy ?? "", /^Janus is away: /);
      rig.janus().kill("SIGCONT");
      await rig.nodeIs("j1", (info) => info?.unhealthy === null);
      await rig.roomIs("one", ({ janus }) => janus?.status === "forwarding");
    },
  );

  await t.step("is unhealthy while Janus is away, and counts the rooms it rebuilds", async () => {
    rig.janus().kill("SIGKILL");
    await rig.nodeIs("j1", (info) => info !== null && info.unhealthy !== null);
    const before = rig.rooms.get("one").janus?.forwarders[0]?.ssrc;
    await rig.restartJanus();
    await rig.roomIs(
      "one",
      ({ janus }) => janus?.status === "forwarding" && janus.forwarders[0]?.ssrc !== before,
    );
    assert.equal(await repairs("janus_room_missing"), missing + 1);
    await rig.nodeIs("j1", (info) => info?.unhealthy === null);
  });

  await t.step("gives a second opinion of a mixer that an edge suspects", async () => {
    const store = new EtcdStore(rig.client);
    const suspicions = new SuspicionStore({ store, log });
    await suspicions.start();
    const againstIs = (count: number) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const look = () => suspicions.against("mixer", "m1").length === count && resolve();
      const end = suspicions.onChange(look);
      look();
      return promise.finally(end);
    };
    const server = serveHttp(
      { hostname: "127.0.0.1", port: 0 },
      createApp(log).fetch,
    );
    const origin = `http://127.0.0.1:${server.port}`;
    await rig.putMixer("one", { port: 39_050, origin });
    const key = suspicionKey("mixer", "m1", "edge-1");
    await rig.put(key, { witness: "edge", reason: "refused", since: Date.now() });
    await againstIs(1);
    await server.stop();
    await againstIs(2);
    const said = suspicions.against("mixer", "m1").find(({ witness }) => witness === "janus");
    assert.ok(said !== undefined && said.reason !== "");
    const again = serveHttp(
      { hostname: "127.0.0.1", port: server.port },
      createApp(log).fetch,
    );
    await againstIs(1);
    await rig.client.delete().key(key);
    await againstIs(0);
    await again.stop();
    // One that hangs takes sockets and says nothing.
    const hung = Deno.listen({ hostname: "127.0.0.1", port: server.port });
    await rig.put(key, { witness: "edge", reason: "no answer", since: Date.now() });
    await againstIs(2);
    hung.close();
    await rig.client.delete().key("/rooms/one/mixer");
    await rig.client.delete().key(key);
    await againstIs(0);
    await suspicions.stop();
  });

  await t.step("says that it is draining while there is an order to", async () => {
    await rig.put(drainKey("janus", "j1"), { orderedAt: Date.now(), deadlineS: 60 });
    await rig.nodeIs("j1", (info) => info?.draining === true);
    await rig.client.delete().key(drainKey("janus", "j1"));
    await rig.nodeIs("j1", (info) => info?.draining === false);
  });

  await t.step(
    "is drained when its last room is on another node, and gone from Janus",
    async () => {
      const drained = manager.drain?.(60_000);
      await rig.nodeIs("j1", (info) => info?.draining === true);
      await rig.putLive("one", { epoch: 2, janusId: "j2" });
      await drained;
      const after = await rig.connect();
      assert.deepEqual(await (await after.bridge()).listRooms(), []);
      await after.stop();
    },
  );

  await manager.stop();
  await rig.stop();
});
