import assert from "node:assert/strict";
import { freePort } from "../../deploy/local/ports.ts";
import { type LocalProcess, startProcess } from "../../deploy/local/process.ts";
import { ROOT } from "../../deploy/dev/root.ts";
import { drainKey, nodeKey } from "../../src/contracts/keys.ts";
import { flagsOfCommand } from "../../src/permissions/flags_of.ts";
import { RoomView } from "../../src/contracts/operations.ts";
import { NodeInfo } from "../../src/contracts/node.ts";
import { tempDir } from "../support/temp_dir.ts";
import { type RoomsSite, startRoomsSite, until } from "./rooms_support.ts";

let site: RoomsSite;
let token: string;
let dir: Awaited<ReturnType<typeof tempDir>>;
const mixers: LocalProcess[] = [];

Deno.test.beforeAll(async () => {
  [site, dir] = await Promise.all([startRoomsSite(), tempDir()]);
  token = await site.token("alice");
  await site.putNode("janus", "j1");
});

Deno.test.afterAll(async () => {
  for (const mixer of mixers) await mixer.stop();
  await site.stop();
  await dir[Symbol.asyncDispose]();
});

const nodeOf = async (id: string) => {
  const text = await site.client.get(nodeKey("mixer", id)).string();
  return text === null ? null : NodeInfo.parse(JSON.parse(text));
};
const orderOf = (id: string) => site.client.get(drainKey("mixer", id)).string();

function env(id: string): Record<string, string> {
  const rtp = 41_000 + mixers.length * 100;
  return {
    ROOMCAST_ETCD: site.etcdUrl,
    ROOMCAST_NODE_ID: id,
    ROOMCAST_DATA_DIR: `${dir.path}/${id}`,
    ROOMCAST_MIXER_PORT: String(freePort()),
    ROOMCAST_RTP_MIN: String(rtp),
    ROOMCAST_RTP_MAX: String(rtp + 99),
  };
}

async function startMixer(id: string): Promise<LocalProcess> {
  const mixer = await startProcess({
    name: id,
    command: Deno.execPath(),
    args: runArgs(["serve", "mixer"], env(id)),
    cwd: ROOT,
    env: env(id),
    logFile: `${dir.path}/${id}.log`,
    stopSignal: "SIGINT",
  });
  mixers.push(mixer);
  await until(() => nodeOf(id), (node) => node !== null, 30_000);
  return mixer;
}

async function roomcast(...args: string[]) {
  const env = { NO_COLOR: "1", ROOMCAST_ETCD: site.etcdUrl };
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: runArgs(args, env),
    cwd: ROOT,
    env,
  }).output();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
}

function runArgs(args: readonly string[], env: Record<string, string>): string[] {
  return ["run", ...flagsOfCommand(args, env), "--no-check", "src/main.ts", ...args];
}

async function startRoom(id: string): Promise<RoomView> {
  await site.call("POST", "/api/rooms", { token, body: { id, title: id } });
  const answer = await until(
    () => site.call("POST", `/api/rooms/${id}/start`, { token }),
    ({ status }) => status === 200,
  );
  return answer.as(RoomView);
}

Deno.test("roomcast drain ends an empty mixer, says so, and leaves no order behind", async () => {
  const mixer = await startMixer("quiet");
  const { code, out, err } = await roomcast("drain", "mixer/quiet");
  assert.deepEqual([code, err], [0, ""]);
  assert.match(
    out,
    /^mixer\/quiet is told to drain: it has 0 rooms\nmixer\/quiet is empty and has/,
  );
  assert.equal((await mixer.ended).code, 0);
  assert.equal(await orderOf("quiet"), null);
});

Deno.test("roomcast drain says what it cannot do in one line", async () => {
  const [nobody, noNode, noTime] = await Promise.all([
    roomcast("drain", "mixer/nobody"),
    roomcast("drain", "mixers"),
    roomcast("drain", "mixer/nobody", "--deadline", "soon"),
  ]);
  assert.deepEqual([nobody.code, noNode.code, noTime.code], [1, 2, 2]);
  assert.match(nobody.err, /^roomcast: There is no mixer\/nobody; alive are janus\/j1\n$/);
  assert.match(noNode.err, /^roomcast: "mixers" names no node[^\n]+\n$/);
  assert.match(noTime.err, /^roomcast: Cannot use --deadline[^\n]+\n$/);
});

Deno.test("SIGTERM has a mixer with a room drain first, and a second signal ends it", async () => {
  const mixer = await startMixer("busy");
  const room = await startRoom("drained-room");
  assert.equal(room.live?.mixerId, "busy");
  await until(() => nodeOf("busy"), (node) => node?.load === 1);
  mixer.kill("SIGTERM");
  await until(() => nodeOf("busy"), (node) => node?.draining === true);
  const body = { id: "refused-room", title: "Refused" };
  await site.call("POST", "/api/rooms", { token, body });
  const refused = await site.call("POST", "/api/rooms/refused-room/start", { token });
  assert.deepEqual([refused.status, refused.detail.includes("1 draining")], [503, true]);
  mixer.kill("SIGTERM");
  assert.equal((await mixer.ended).code, 0);
  await site.call("POST", "/api/rooms/drained-room/stop", { token });
});

Deno.test("roomcast drain tells of a mixer that ends with a room nobody takes", async () => {
  await startMixer("lonely");
  await startRoom("left-room");
  await until(() => nodeOf("lonely"), (node) => node?.load === 1);
  const { code, out } = await roomcast("drain", "mixer/lonely", "--deadline", "1");
  assert.equal(code, 1);
  assert.match(
    out,
    /told to drain: it has 1 room\nNo other mixer takes rooms: .*\n.*ended with 1 room/,
  );
  assert.equal(await orderOf("lonely"), null);
});

Deno.test("an order for a node that is gone is taken away, and undrain takes back one that stands", async () => {
  await site.putNode("mixer", "alive");
  for (const id of ["alive", "ghost"]) {
    const order = JSON.stringify({ orderedAt: Date.now(), deadlineS: 60 });
    await site.client.put(drainKey("mixer", id)).value(order).exec();
  }
  await until(() => orderOf("ghost"), (text) => text === null, 20_000);
  assert.ok(await orderOf("alive"));
  const { code, out } = await roomcast("undrain", "mixer/alive");
  assert.deepEqual([code, out], [0, "mixer/alive: the order is taken back\n"]);
  assert.equal(await orderOf("alive"), null);
});
