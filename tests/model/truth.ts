import { parseRoomKey, ROOMS_PREFIX } from "../../src/contracts/keys.ts";
import {
  nextMediaSequence,
  PRE_ROLL_SEGMENTS,
  segmentsIn,
} from "../../src/contracts/media_clock.ts";
import { JanusObserved, LiveMeta, MixerObserved, RoomMeta } from "../../src/contracts/room.ts";
import type { Change } from "../../src/coordination/store.ts";
import type { World } from "./world.ts";

/** What has been of a room. */
interface History {
  live: LiveMeta | null;
  /** The highest epoch of the room since it was made. */
  epoch: number;
  /** The highest media sequence number that its listeners were shown. */
  shown: number;
}

/** A key that is written so often within a second is written in a circle. */
const STORM = 40;

/** The fields of a broadcast that never change while it goes on. */
const LASTING = ["liveId", "live", "startedAt", "mediaSequence", "partFrames"] as const;

/** Sees every write to etcd as it happens, and holds each to what may be written. */
export class Truth {
  readonly #rooms = new Map<string, History>();
  #unwatch: () => void = () => {};
  /** How many writes changed where a room that was live is placed. */
  moves = 0;

  constructor(private readonly world: World) {
    this.#watch();
  }

  /** etcd went back in time: what was seen counts no more. */
  restart(): void {
    this.#unwatch();
    this.#rooms.clear();
    for (const { key, value } of this.world.etcd.list(ROOMS_PREFIX).entries) {
      const at = parseRoomKey(key);
      if (at?.part === "livemeta") this.#of(at.id).live = LiveMeta.parse(JSON.parse(value));
    }
    this.#watch();
  }

  /** A mixer told its listeners that a broadcast is over. */
  ended(roomId: string, liveId: string): void {
    if (this.#of(roomId).live?.liveId !== liveId) return;
    this.world.break(
      `I3: the broadcast of ${roomId} was ended for its listeners while it was live`,
    );
  }

  #watch(): void {
    this.#unwatch = this.world.etcd.watch(this.world.etcd.revision + 1n, {
      prefix: ROOMS_PREFIX,
      onCommit: (changes) => changes.forEach((change) => this.#see(change)),
      onBroken: () => {},
    });
  }

  /** How often each key was written in the present second. */
  #written = { second: 0, times: new Map<string, number>() };

  #count(key: string): void {
    const second = Math.floor(this.world.now() / 1000);
    if (second !== this.#written.second) this.#written = { second, times: new Map() };
    const times = (this.#written.times.get(key) ?? 0) + 1;
    this.#written.times.set(key, times);
    if (times === STORM) this.world.break(`storm: ${key} is written ${STORM} times a second`);
  }

  #see({ key, value }: Change): void {
    const at = parseRoomKey(key);
    if (at === null) return;
    this.#count(key);
    const json: unknown = value === null ? null : JSON.parse(value);
    const history = this.#of(at.id);
    switch (at.part) {
      case "meta":
        return json === null ? this.#forget(history) : this.#seeMeta(at.id, RoomMeta.parse(json));
      case "livemeta":
        return this.#seeLive(at.id, json === null ? null : LiveMeta.parse(json));
      case "janus": {
        if (json === null) return;
        const { epoch, janusId } = JanusObserved.parse(json);
        return this.#fence(at.id, `${key} by ${janusId}`, epoch, [history.live?.janusId], janusId);
      }
      default: {
        if (json === null) return;
        const { epoch, mixerId, liveId } = MixerObserved.parse(json);
        if (liveId !== history.live?.liveId) {
          this.world.break(`fence: ${key} by ${mixerId} is of another broadcast`);
        }
        const named = [history.live?.mixerId, history.live?.standbyId];
        return this.#fence(at.id, `${key} by ${mixerId}`, epoch, named, mixerId);
      }
    }
  }

  /** Only a node that livemeta names may speak for a room, and of no epoch to come. */
  #fence(
    id: string,
    what: string,
    epoch: number,
    named: readonly (string | null | undefined)[],
    by: string,
  ): void {
    const current = this.#of(id).live?.epoch ?? 0;
    if (named.includes(by) && epoch <= current) return;
    this.world.break(`fence: ${what} (epoch ${epoch}) while livemeta is of epoch ${current}`);
  }

  #seeMeta(id: string, { epoch }: RoomMeta): void {
    const history = this.#of(id);
    if (epoch < history.epoch) this.world.break(`I3: the epoch of ${id} went back to ${epoch}`);
    history.epoch = epoch;
  }

  /** The room was deleted: one of the same name is another room. */
  #forget(history: History): void {
    Object.assign(history, { live: null, epoch: 0, shown: 0 });
  }

  #seeLive(id: string, live: LiveMeta | null): void {
    const history = this.#of(id);
    const before = history.live;
    const now = this.world.now();
    if (before) {
      const shown = before.mediaSequence + segmentsIn(Math.max(0, now - before.startedAt));
      history.shown = Math.max(history.shown, shown);
    }
    history.live = live;
    if (live === null) return;
    if (before?.liveId === live.liveId) this.#seeMove(id, before, live);
    else if (live.mediaSequence - PRE_ROLL_SEGMENTS <= history.shown && history.shown > 0) {
      this.world.break(`I3: the media sequence of ${id} did not grow with its next broadcast`);
    }
    if (live.mediaSequence > nextMediaSequence({ startedAt: 0, mediaSequence: 0 }, now) + 600) {
      this.world.break(`I3: the media sequence of ${id} ran away`);
    }
  }

  #seeMove(id: string, before: LiveMeta, live: LiveMeta): void {
    this.moves += 1;
    if (live.epoch !== before.epoch + 1) {
      this.world.break(`S1: ${id} moved from epoch ${before.epoch} to ${live.epoch}`);
    }
    for (const field of LASTING) {
      if (before[field] === live[field]) continue;
      this.world.break(`S1: ${field} of ${id} changed while it was live`);
    }
  }

  #of(id: string): History {
    const known = this.#rooms.get(id);
    if (known) return known;
    const made: History = { live: null, epoch: 0, shown: 0 };
    this.#rooms.set(id, made);
    return made;
  }
}
