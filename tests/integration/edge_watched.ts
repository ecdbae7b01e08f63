import assert from "node:assert/strict";
import type { RoomId } from "../../src/contracts/ids.ts";
import { roomKey } from "../../src/contracts/keys.ts";
import type { LiveMeta } from "../../src/contracts/room.ts";
import { LiveWatcher, type WatchOptions } from "../support/hls/live_watcher.ts";
import { until } from "../support/until.ts";
import type { CountingOrigin } from "./edge_origin.ts";
import type { MixerRig } from "./mixer_rig.ts";

/** A room on silent mixers, with a strict listener at an edge. */
export class WatchedRoom {
  readonly watcher: LiveWatcher;

  private constructor(
    private readonly rig: MixerRig,
    private readonly id: RoomId,
    private live: LiveMeta,
    url: string,
    options: WatchOptions,
  ) {
    this.watcher = rig.add(new LiveWatcher(url, options));
    this.watcher.start();
  }

  /**
   * Puts a room on air, and waits until its listener has heard a second of it.
   *
   * @param front Base URL of the edge, or of what stands before edges.
   * @param origins The mixer, and its standby if there is to be one.
   */
  static async start(
    rig: MixerRig,
    front: { readonly url: string | null },
    id: RoomId,
    origins: readonly CountingOrigin[],
    options: WatchOptions = {},
  ): Promise<WatchedRoom> {
    const [primary, standby] = origins;
    if (primary === undefined) throw new RangeError("Cannot start a room without a mixer");
    const live = await primary.start(id, { standbyId: standby?.id ?? null });
    await standby?.take(id, live);
    const url = `${front.url}/hls/${id}/live.m3u8`;
    await until(`${url} to be served`, async () => {
      const response = await fetch(url);
      await response.body?.cancel();
      return response.status === 200;
    });
    const room = new WatchedRoom(rig, id, live, url, options);
    await room.more(6);
    return room;
  }

  /** Waits for `count` parts more. */
  async more(count: number): Promise<void> {
    await this.watcher.more(count);
  }

  /** Places the room on another mixer, as the Room Manager does when one is dead. */
  async move(next: CountingOrigin): Promise<void> {
    this.live = { ...this.live, epoch: this.live.epoch + 1, mixerId: next.id, standbyId: null };
    await this.rig.put(roomKey(this.id, "livemeta"), this.live);
    await next.take(this.id, this.live);
    await this.sound();
  }

  /** Waits for a part that a mixer made. */
  async sound(): Promise<void> {
    await this.watcher.until(({ sourceFrames }) => sourceFrames > 0);
  }

  /** Nothing went wrong for the listener. */
  async wasUnbroken(): Promise<void> {
    const { brokenRules, failedRequests, stalls, ended } = await this.watcher.stop();
    const found = { brokenRules, failedRequests, stalls, ended };
    const unbroken = { brokenRules: [], failedRequests: [], stalls: 0, ended: false };
    assert.deepEqual(found, unbroken, this.id);
  }
}
