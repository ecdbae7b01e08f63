import assert from "node:assert/strict";
import { choosePorts } from "../../deploy/dev/choose_ports.ts";
import { readLauncherSettings } from "../../deploy/dev/settings.ts";
import { slicePorts } from "../../deploy/local/cluster_ports.ts";
import { listeningInodes } from "../../src/doctor/port_holder.ts";
import { readConfig } from "../../src/platform/config.ts";

/** Every port but these can be listened on. */
function allBut(...taken: number[]) {
  return (_hostname: string, port: number) => !taken.includes(port);
}

Deno.test("choosePorts() gives the ports of the architecture when all are free", () => {
  const { ports, notes } = choosePorts(readLauncherSettings({}), readConfig({}), allBut());
  assert.deepEqual(notes, []);
  assert.deepEqual(
    [ports.http, ports.rooms, ports.users, ports.etcd, ports.redis],
    [8080, 3000, 8085, 2379, 6379],
  );
  assert.deepEqual([ports.gateways, ports.edges, ports.mixers, ports.januses], [
    [8081, 8082, 8083],
    [8090],
    [3001],
    [8188],
  ]);
});

Deno.test("choosePorts() refuses in one line with port and setting when a role's port is taken", () => {
  const choose = () => choosePorts(readLauncherSettings({}), readConfig({}), allBut(8082));
  assert.throws(
    choose,
    /^StartError: Cannot start gateway: port 8082 .*ROOMCAST_GATEWAY_PORT[^\n]*$/,
  );
});

Deno.test("choosePorts() moves etcd, Redis and Janus and says so when their ports are taken", () => {
  const { ports, notes } = choosePorts(
    readLauncherSettings({}),
    readConfig({}),
    allBut(2379, 2380, 6379, 8188),
  );
  assert.deepEqual([ports.etcd, ports.etcdPeer, ports.redis, ports.januses], [
    2381,
    2382,
    6380,
    [8189],
  ]);
  assert.equal(notes.length, 3);
});

Deno.test("choosePorts() refuses when settings give one port to two parts", () => {
  const settings = readLauncherSettings({ ROOMCAST_HTTP_PORT: "3000" });
  assert.throws(() => choosePorts(settings, readConfig({}), allBut()), /two parts want port 3000/);
});

Deno.test("readLauncherSettings() names the setting when it cannot be used", () => {
  assert.throws(() => readLauncherSettings({ ROOMCAST_GATEWAYS: "0" }), /ROOMCAST_GATEWAYS/);
});

Deno.test("slicePorts() gives even, disjoint slices when a pool is shared out", () => {
  const range = { min: 30000, max: 30999 };
  const slices = [0, 1, 2].map((index) => slicePorts(range, index, 3));
  assert.deepEqual(slices.map(({ min }) => min % 2), [0, 0, 0]);
  for (const [index, { max }] of slices.entries()) {
    assert.ok(max < (slices[index + 1]?.min ?? range.max + 1));
  }
});

Deno.test("listeningInodes() finds the socket that listens and not those that talk", () => {
  const table =
    `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 100 0 0 10 0
   1: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0 20 4 30 10 -1
`;
  assert.deepEqual(listeningInodes(table, 8080), ["4711"]);
  assert.deepEqual(listeningInodes(table, 80), []);
});
