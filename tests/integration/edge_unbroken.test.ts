import assert from "node:assert/strict";
import { roomKey } from "../../src/contracts/keys.ts";
import type { RoomId } from "../../src/contracts/ids.ts";
import type { LiveMeta } from "../../src/contracts/room.ts";
import type { RunningRole } from "../../src/platform/role.ts";
import { LiveWatcher } from "../support/hls/live_watcher.ts";
import { until } from "../support/until.ts";
import { CountingOrigin } from "./edge_origin.ts";
import { MixerRig } from "./mixer_rig.ts";

/** A room with a strict listener at an edge. */
class Watched {
  constructor(
    readonly rig: MixerRig,
    readonly id: RoomId,
    public live: LiveMeta,
    private readonly watcher: LiveWatcher,
  ) {}

  static async start(rig: MixerRig, edge: RunningRole, id: RoomId, origins: CountingOrigin[]) {
    const [primary, standby] = origins;
    if (primary === undefined) throw new Error("A room needs a mixer");
    const live = await primary.start(id, { standbyId: standby?.id ?? null });
    await standby?.take(id, live);
    const watcher = rig.add(new LiveWatcher(await rig.served(edge, id)));
    watcher.start();
    await watcher.more(6);
    return new Watched(rig, id, live, watcher);
  }

  async more(parts: number): Promise<void> {
    await this.watcher.more(parts);
  }

  /** Places the room on other mixers, as the Room Manager does when one is dead. */
  async move(primary: CountingOrigin): Promise<void> {
    const { epoch } = this.live;
    this.live = { ...this.live, epoch: epoch + 1, mixerId: primary.id, standbyId: null };
    await this.rig.put(roomKey(this.id, "livemeta"), this.live);
    await primary.take(this.id, this.live);
    await until("a part of the new mixer", () => primary.count(/\.m4s$/) > 1);
  }

  /** Nothing went wrong for the listener. */
  async fine(): Promise<void> {
    const { brokenRules, failedRequests, stalls, ended } = await this.watcher.stop();
    assert.deepEqual([...brokenRules, ...failedRequests], [], this.id);
    assert.deepEqual({ stalls, ended }, { stalls: 0, ended: false }, this.id);
  }
}

Deno.test("a listener's stream goes on, whatever dies behind the edge", async (t) => {
  await using rig = await MixerRig.start();
  const edge = await rig.edge();
  let mixers = 0;
  const origin = (clockMs = 0) => rig.add(new CountingOrigin(rig, `mixer-${++mixers}`, clockMs));

  await t.step("the only mixer is dead for 6 s, until another one takes over", async () => {
    const [old, next] = [origin(), origin()];
    const room = await Watched.start(rig, edge, "alone", [old]);
    await old.down();
    await room.more(28);
    await room.move(next);
    await room.more(6);
    await room.fine();
  });

  await t.step("the primary of two dies, and comes back", async () => {
    const [primary, standby] = [origin(), origin()];
    const room = await Watched.start(rig, edge, "two", [primary, standby]);
    assert.equal(standby.count(/\.m4s$/), 0);
    await primary.down();
    await room.more(6);
    assert.ok(standby.count(/\.m4s$/) >= 5, "the standby is who gives the parts");
    primary.up();
    const before = primary.count(/\.m4s$/);
    await until("the primary to be asked again", () => primary.count(/\.m4s$/) > before + 3);
    await room.fine();
  });

  await t.step("the primary of two hangs, and goes on", async () => {
    const [primary, standby] = [origin(), origin()];
    const room = await Watched.start(rig, edge, "hanging", [primary, standby]);
    primary.hang();
    await room.more(8);
    assert.ok(standby.count(/\.m4s$/) >= 6);
    primary.wake();
    await room.more(4);
    await room.fine();
  });

  await t.step("the only mixer hangs for 3 s, and goes on", async () => {
    const only = origin();
    const room = await Watched.start(rig, edge, "stuck", [only]);
    only.hang();
    await room.more(14);
    only.wake();
    await room.more(6);
    await room.fine();
  });

  for (const [id, clocks] of Object.entries({ ahead: [8000, 0], behind: [0, -8000] })) {
    await t.step(`a mixer dies, and the clock of the next is 8 s off: ${id}`, async () => {
      const [old, next] = [origin(clocks[0]), origin(clocks[1])];
      const room = await Watched.start(rig, edge, id, [old]);
      await old.down();
      await room.more(6);
      await room.move(next);
      await room.more(8);
      await room.fine();
    });
  }
});
