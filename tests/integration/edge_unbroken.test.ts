import assert from "node:assert/strict";
import type { WatchOptions } from "../support/hls/live_watcher.ts";
import { until } from "../support/until.ts";
import { CountingOrigin } from "./edge_origin.ts";
import { WatchedRoom } from "./edge_watched.ts";
import { MixerRig } from "./mixer_rig.ts";

const AS_HLS_JS: WatchOptions = { prefetch: false };
const PART = /\.m4s$/;

Deno.test("a listener's stream goes on, whatever dies behind the edge", async () => {
  await using rig = await MixerRig.start();
  const edge = await rig.edge();
  let mixers = 0;
  const origin = (clockMs = 0) => rig.add(new CountingOrigin(rig, `mixer-${++mixers}`, clockMs));

  const onlyDies = async () => {
    const [old, next] = [origin(), origin()];
    const room = await WatchedRoom.start(rig, edge, "only-dies", [old]);
    await old.down();
    await room.more(28);
    await room.move(next);
    await room.more(6);
    await room.wasUnbroken();
  };
  /** @param meanwhile What happens while the only mixer begins to hang. */
  const onlyHangs = async (
    id: string,
    front: { readonly url: string | null },
    player: WatchOptions = {},
    meanwhile = () => {},
  ) => {
    const only = origin();
    const room = await WatchedRoom.start(rig, front, id, [only], player);
    only.hang();
    meanwhile();
    await room.more(14);
    only.wake();
    await room.sound();
    await room.more(3);
    await room.wasUnbroken();
  };
  const onlyHangsBehindTwoEdges = async () => {
    const front = rig.add(new Alternating([edge.url, (await rig.edge()).url]));
    await onlyHangs("only-hangs-behind-two", front, AS_HLS_JS);
  };
  const onlyHangsAsAnEdgeComes = async () => {
    const edges = [edge.url];
    const newcomer = await rig.edge();
    await until("the new edge to be ready", async () => {
      const response = await fetch(`${newcomer.url}/readyz`);
      await response.body?.cancel();
      return response.ok;
    });
    const front = rig.add(new Alternating(edges));
    const comes = () => void edges.push(newcomer.url);
    await onlyHangs("only-hangs-as-an-edge-comes", front, {}, comes);
  };
  const primaryDies = async () => {
    const [primary, standby] = [origin(), origin()];
    const room = await WatchedRoom.start(rig, edge, "primary-dies", [primary, standby]);
    assert.equal(standby.count(PART), 0);
    await primary.down();
    await room.more(6);
    assert.ok(standby.count(PART) >= 5, "the standby is who gives the parts");
    primary.up();
    const before = primary.count(PART);
    await until("the primary to be asked again", () => primary.count(PART) > before + 3);
    await room.wasUnbroken();
  };
  const primaryHangs = async () => {
    const [primary, standby] = [origin(), origin()];
    const room = await WatchedRoom.start(rig, edge, "primary-hangs", [primary, standby]);
    primary.hang();
    await room.more(8);
    assert.ok(standby.count(PART) >= 6, "the standby is who gives the parts");
    primary.wake();
    await room.more(4);
    await room.wasUnbroken();
  };
  const clockIsOff = async (id: string, oldMs: number, nextMs: number) => {
    const [old, next] = [origin(oldMs), origin(nextMs)];
    const room = await WatchedRoom.start(rig, edge, id, [old]);
    await old.down();
    await room.more(6);
    await room.move(next);
    await room.more(4);
    await room.sound();
    await room.wasUnbroken();
  };
  const all = await Promise.allSettled([
    onlyDies(),
    onlyHangs("only-hangs", edge),
    onlyHangsBehindTwoEdges(),
    onlyHangsAsAnEdgeComes(),
    primaryDies(),
    primaryHangs(),
    clockIsOff("old-is-ahead", 8000, 0),
    clockIsOff("old-is-behind", -8000, 0),
    clockIsOff("next-is-ahead", 0, 8000),
    clockIsOff("next-is-behind", 0, -8000),
    clockIsOff("next-is-a-bit-behind", 0, -330),
  ]);
  const broken = all.flatMap((one) => one.status === "rejected" ? [String(one.reason)] : []);
  assert.deepEqual(broken, []);
});

/** A front door that gives every edge in turn a request: a player has its playlist from one, and the part from another. */
class Alternating {
  #asked = 0;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor(edges: readonly (string | null)[]) {
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
      const { pathname, search } = new URL(request.url);
      const edge = edges[this.#asked++ % edges.length];
      return fetch(`${edge}${pathname}${search}`);
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  stop(): Promise<void> {
    return this.#server.shutdown();
  }
}
